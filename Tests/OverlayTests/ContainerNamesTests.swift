import Addressing
import Attachment
import OverlayCore
import Testing

@testable import Overlay

@Suite struct ContainerNamesTests {
    private static func attachment(_ name: String, _ addresses: String..., network: String = "") -> PodAttachment {
        PodAttachment(
            key: AttachmentKey(container: name + addresses.joined(), interface: "eth0"),
            network: network,
            namespace: "/run/netns/\(name)",
            name: name,
            addresses: addresses.compactMap { IPAddress($0) }
        )
    }

    private static let names = ContainerNames([
        attachment("web", "10.32.0.1", "fd00::1"), attachment("web", "10.32.0.2"), attachment("db", "10.32.0.3"),
        attachment("", "10.32.0.4"), attachment("far", "10.50.0.1", network: "team"),
    ])

    @Test func `only containers of the pod network that have a name are told of`() {
        #expect(Self.names.addresses.keys.sorted() == ["db", "web"])
        #expect(Self.names.addresses["web"]?.count == 3)
    }

    @Test func `names are read as they were written`() {
        #expect(ContainerNames(value: Self.names.value) == Self.names)
        #expect(ContainerNames(value: ContainerNames().value) == ContainerNames())
        // Format, the length of the name, the name, 4 and the address.
        #expect(Self.names.value.prefix(9) == [1, 2, 0x64, 0x62, 4, 10, 32, 0, 3])
    }

    @Test func `names that are cut off or have another byte in the wrong place are refused, and none traps`() {
        let value = Self.names.value
        #expect(ContainerNames(value: []) == nil)
        #expect(ContainerNames(value: [2] + value.dropFirst()) == nil)
        #expect(ContainerNames(value: Array(value.dropLast())) == nil)
        #expect(ContainerNames(value: [1, 2, 0x64, 0x2e, 4, 10, 32, 0, 3]) == nil)
        for index in value.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = value
                changed[index] = byte
                if let names = ContainerNames(value: changed) { #expect(names.addresses.count <= 4) }
            }
        }
    }

    @Test func `more names than an entry holds are left out`() {
        var names = ContainerNames()
        for number in 0..<20_000 { names.addresses["container-\(number)"] = [.v4(UInt32(number))] }
        #expect(names.value.count <= ReplicatedEntry.maximumValueByteCount)
        #expect((ContainerNames(value: names.value)?.addresses.count ?? 0) > 2_000)
    }
}
