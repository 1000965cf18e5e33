import Addressing
import Attachment
import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct AttacherTests {
    @Test func `a full range makes it ask for another, and the container gets an address of that`() async throws {
        let bed = try await AttachmentBed.make([AttachmentBed.pods("10.32.1.0/30")], runsDaemon: false)
        for name in ["a", "b"] { try await bed.attach(try await Host.make(name)) }
        bed.grants.append(["10.32.1.0/30", "10.32.9.0/30"].compactMap { IPPrefix($0) })
        let c = try await Host.make("c")
        #expect(try await bed.attach(c).addresses.map(\.description) == ["10.32.9.1"])
        #expect(try bed.store.read().pools[""]?.prefixes.count == 2, "the store knows, for when the daemon is down")
    }

    @Test func `where nothing is left anywhere, the error names the range and what is free elsewhere`() async throws {
        let bed = try await AttachmentBed.make([AttachmentBed.pods("10.32.1.0/30")], runsDaemon: false)
        for name in ["a", "b"] { try await bed.attach(try await Host.make(name)) }
        let c = try await Host.make("c")
        let error = await expectError(.noAddressLeft) { try await bed.attach(c) }
        #expect(
            error?.message == "no address left in 10.32.1.0/30: 2 in use, 0 released less than 60 s ago; "
                + "1024 are free on other hosts, all unreachable"
        )
        #expect(try await c.network.link(named: "eth0") == nil)
    }

    @Test func `a host without a range yet says so, and is not ready`() async throws {
        let network = AttachableNetwork(ranges: [try #require(IPPrefix("10.32.0.0/12"))], prefixes: [], mtu: 1420)
        let bed = try await AttachmentBed.make([network], runsDaemon: false)
        let a = try await Host.make("a")
        await expectError(.tryAgainLater) { try await bed.attach(a) }
        #expect(await bed.attacher.obstacle()?.code == .tryAgainLater)
        #expect(await bed.attacher.answer(.ready) != .done(""))
    }

    @Test func `containers that are gone are swept up, others are not`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        let kept = try await bed.attach(a)
        var gone: AttachmentKey?
        do {
            let b = try await Host.make("b")
            gone = try await bed.attach(b).key
        }
        // The namespace went with its last reference, and the host's end goes with it.
        let name = try #require(gone).hostInterface
        try await eventually("the host's end to go") { try await bed.host.network.link(named: name) == nil }
        #expect(try await bed.attacher.sweep().map(\.key) == [gone])
        #expect(try await bed.attacher.attachments() == [kept])
    }

    @Test func `after a start of the machine containers keep their addresses for a while`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let key = AttachmentKey(container: "old", interface: "eth0", configuration: "pods")
        let address = try #require(IPAddress("10.32.1.44"))
        try bed.store.update { table in
            let old = PodAttachment(key: key, namespace: "/run/netns/trama-t-none", addresses: [address], bootID: "old")
            _ = try? table.reserve(old, families: [.ipv4], now: 0)
        }
        #expect(try await bed.attacher.attachments().isEmpty, "its interface is gone")
        #expect(try await bed.attacher.sweep(patience: .seconds(1 << 40)).isEmpty)
        let a = try await Host.make("a")
        #expect(try await bed.attach(a).addresses.first != address, "its address is nobody else's")
        #expect(try await bed.attacher.sweep(patience: .zero).map(\.key) == [key])
    }

    @Test func `what was detached while it was being attached is taken off again`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let containers = try await [Host.make("a"), Host.make("b"), Host.make("c"), Host.make("d")]
        let removal = AttachmentRemoval(store: bed.store, plumbing: try PodPlumbing(in: bed.host.namespace))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for container in containers {
                group.addTask { _ = try? await bed.attach(container) }
                let key = AttachmentKey(container: container.name, interface: "eth0", configuration: "pods")
                group.addTask { _ = try? await removal.remove(key) }
            }
            try await group.waitForAll()
        }
        let links = try await bed.host.network.links().map(\.name).filter { $0 != "lo" }
        let attached = try bed.store.read().attachments.values.filter(\.isComplete).map(\.hostInterface)
        #expect(links.sorted() == attached.sorted(), "every veth has its addresses, and every address its veth")
    }

    @Test func `many containers at once all get addresses of their own`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let addresses = try await withThrowingTaskGroup(of: [IPAddress].self) { group in
            for number in 0..<12 {
                group.addTask { try await bed.attach(try await Host.make("c\(number)")).addresses }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(addresses).count == 24)
    }
}
