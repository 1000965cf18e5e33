import Addressing
import OverlayCore
import Testing

@testable import Overlay

@Suite struct NetworkRecordTests {
    private static let record = NetworkRecord(
        vni: 0x01_02_03,
        prefixes: ["10.50.0.0/16", "fd50::/64"].compactMap { IPPrefix($0) }
    )

    @Test func `a network is read as it was written`() {
        #expect(NetworkRecord(value: Self.record.value) == Self.record)
        var removed = Self.record
        removed.isRemoved = true
        #expect(NetworkRecord(value: removed.value) == removed)
        // Format, flags, VNI, then 4, the length and the address.
        #expect(Self.record.value.prefix(12) == [1, 0, 0, 1, 2, 3, 4, 16, 10, 50, 0, 0])
    }

    @Test func `every network that is cut off or has another byte in the wrong place is refused, and none traps`() {
        let value = Self.record.value
        // A cut after a whole prefix is a shorter network.
        for count in 0..<value.count where count != 12 { #expect(NetworkRecord(value: Array(value[..<count])) == nil) }
        #expect(NetworkRecord(value: value + [4]) == nil)
        #expect(NetworkRecord(value: [2] + value.dropFirst()) == nil)
        // A VNI of more than 24 bits, none, and a prefix with bits beyond its length.
        #expect(NetworkRecord(value: [1, 0, 1, 0, 0, 0] + value.dropFirst(6)) == nil)
        #expect(NetworkRecord(value: [1, 0, 0, 0, 0, 0] + value.dropFirst(6)) == nil)
        #expect(NetworkRecord(value: [1, 0, 0, 0, 0, 5, 4, 8, 10, 1, 0, 0]) == nil)
        #expect(NetworkRecord(value: [1, 0, 0, 0, 0, 5, 4, 33, 10, 1, 0, 0]) == nil)
        #expect(NetworkRecord(value: [1, 0, 0, 0, 0, 5, 5, 8, 10, 0, 0, 0]) == nil)
        for index in value.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = value
                changed[index] = byte
                if let record = NetworkRecord(value: changed) { #expect(record.prefixes.count <= 2) }
            }
        }
    }

    @Test func `two hosts that make one network at once choose the same VNI, and the next where it is taken`() throws {
        let vni = try #require(NetworkRecord.freeVNI(for: "blue", taken: []))
        #expect((0x10_0000..<0x20_0000).contains(vni))
        #expect(NetworkRecord.freeVNI(for: "blue", taken: [1, 2]) == vni)
        let next = try #require(NetworkRecord.freeVNI(for: "blue", taken: [vni]))
        #expect(next == vni + 1 || next == 0x10_0000)
        #expect(NetworkRecord.freeVNI(for: "green", taken: []) != vni)
    }

    @Test(arguments: [
        ("10.50.0.0/16", 24), ("10.50.0.0/22", 26), ("10.50.0.0/24", 28), ("10.50.0.0/29", 30), ("10.50.0.0/8", 24),
        ("fd50::/64", 80), ("fd50::/76", 84), ("fd50::/120", 124),
    ])
    func `a range is shared out in blocks that fit`(prefix: String, length: Int) throws {
        let record = NetworkRecord(vni: 5, prefixes: [try #require(IPPrefix(prefix))])
        let ranges = record.sharedRanges(network: "blue")
        #expect(ranges.map(\.blockLength) == [length])
        #expect(ranges.map(\.id) == ["blue"])
    }

    @Test func `names are of letters, digits and inner hyphens`() {
        for name in ["a", "blue", "blue-2", "0", String(repeating: "a", count: 48)] {
            #expect(NetworkRecord.problem(ofName: name) == nil)
        }
        for name in ["", "Blue", "blue_2", "-a", "a-", "ä", "a b", "a/b", String(repeating: "a", count: 49)] {
            #expect(NetworkRecord.problem(ofName: name) != nil)
        }
    }
}
