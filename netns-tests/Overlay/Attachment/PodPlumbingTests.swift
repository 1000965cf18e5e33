import Addressing
import Attachment
import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct PodPlumbingTests {
    @Test func `host and containers reach one another, by IPv4 and IPv6`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let (a, b) = (try await Host.make("a"), try await Host.make("b"))
        let first = try await bed.attach(a)
        try await bed.attach(b)
        #expect(first.addresses.map(\.description) == ["10.32.1.1", "fd00:32:1::1"])
        for address in ["10.32.1.2", "fd00:32:1::2"] {
            #expect(try await a.reaches(address))
            #expect(try await bed.host.reaches(address))
        }
        for address in ["10.32.1.0", "fd00:32:1::"] { #expect(try await b.reaches(address)) }
        #expect(bed.told.last?.map(\.key.container) == ["a", "b"])
    }

    @Test func `a container has its address alone, a gateway that nobody is, and the network's MTU`() async throws {
        let bed = try await AttachmentBed.make([AttachmentBed.pods(mtu: 1333)], runsDaemon: false)
        let a = try await Host.make("a")
        let made = try await bed.attach(a)
        let link = try #require(try await a.network.link(named: "eth0"))
        let hostEnd = try #require(try await bed.host.network.link(named: made.hostInterface))
        #expect(link.mtu == 1333 && hostEnd.mtu == 1333)
        #expect(link.address == made.containerLinkAddress && hostEnd.address == made.hostLinkAddress)
        let lengths = try await a.network.addresses(interface: link.index)
            .filter { made.addresses.contains($0.address) }.map(\.prefixLength)
        #expect(lengths == [32, 128])
        let neighbours =
            try await a.network.neighbours(family: .ipv4, interface: link.index)
            + a.network.neighbours(family: .ipv6, interface: link.index).filter { $0.state == .permanent }
        #expect(neighbours.map(\.address.description) == ["169.254.1.1", "fe80::1"])
        #expect(neighbours.allSatisfy { $0.linkLayerAddress == made.hostLinkAddress && $0.state == .permanent })
        let routes = try await bed.host.network.routes(family: .ipv4, origin: RouteOrigin(rawValue: 77))
        #expect(routes.map(\.destination.description) == ["10.32.1.1/32"])
    }

    @Test func `a container that is attached already is refused, or found again where that is wanted`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        let first = try await bed.attach(a)
        let index = try await a.index(of: "eth0")
        await expectError(.interfaceExists) { try await bed.attach(a) }
        #expect(try await bed.attach(a, isRepeatable: true) == first)
        #expect(try await a.index(of: "eth0") == index, "the interface was left alone")
        await expectError(.interfaceExists) {
            try await bed.attach(a, addresses: ["10.32.1.99"], isRepeatable: true)
        }
    }

    @Test func `what is damaged is made anew where repeating is wanted, and refused otherwise`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        let first = try await bed.attach(a)
        try await a.run("ip", "route", "del", "default")
        await expectError(.interfaceExists) { try await bed.attach(a) }
        #expect(try await bed.attach(a, isRepeatable: true) == first)
        try await bed.attacher.check(first.key)
    }

    @Test func `an interface that others made is left alone, and no address is lost for it`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let (a, other) = (try await Host.make("a"), try await Host.make("other"))
        try await Host.join(a, "eth0", other, "x")
        let index = try await a.index(of: "eth0")
        await expectError(.interfaceExists) { try await bed.attach(a) }
        #expect(try await a.index(of: "eth0") == index)
        #expect(try bed.store.read().attachments.isEmpty)
        #expect(try await bed.host.network.links().allSatisfy { $0.name == "lo" })
    }

    @Test func `the host's own namespace and one that does not exist are refused`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        await expectError(.invalidEnvironment) { try await bed.attach(bed.host) }
        await expectError(.unknownContainer) {
            try await bed.attacher.attach(
                AttachRequest(
                    key: AttachmentKey(container: "x", interface: "eth0"),
                    namespace: "/run/netns/trama-t-none"
                )
            )
        }
        await expectError(.kernel) {
            try await bed.attacher.attach(
                AttachRequest(key: AttachmentKey(container: "x", interface: "eth0"), namespace: "/etc/hostname")
            )
        }
        #expect(try bed.store.read().attachments.isEmpty)
    }

    @Test func `what a killed attempt left is replaced, with the same addresses`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        let first = try await bed.attach(a)
        // As it is between the store's two changes.
        var begun = first
        begun.isComplete = false
        let left = begun
        try bed.store.update { table in _ = try? table.reserve(left, families: [.ipv4, .ipv6], now: 0) }
        try await a.network.removeAddress(
            InterfaceAddress(interface: try await a.index(of: "eth0"), address: first.addresses[0], prefixLength: 32)
        )
        let again = try await bed.attach(a)
        #expect(again == first)
        try await bed.attacher.check(first.key)
    }

    @Test func `detaching removes everything, and may be done again`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        let made = try await bed.attach(a)
        #expect(try await bed.attacher.detach(made.key) != nil)
        #expect(try await bed.attacher.detach(made.key) == nil)
        #expect(try await a.network.link(named: "eth0") == nil)
        #expect(try await bed.host.network.links().allSatisfy { $0.name == "lo" })
        #expect(try await bed.host.network.routes(family: .ipv4).isEmpty)
        #expect(bed.told.last == [])
        let next = try await bed.attach(a)
        #expect(next.addresses.first?.description == "10.32.1.2", "a released address rests")
    }

    @Test(
        arguments: [
            ["a", "ip addr del 10.32.1.1/32 dev eth0", "the address 10.32.1.1 is gone"],
            ["a", "ip route del default", "no route leads to the gateway 169.254.1.1"],
            ["a", "ip link set eth0 down", "the interface is down"],
            ["a", "ip link set eth0 down name eth7", "the interface is gone"],
            ["node", "ip route del 10.32.1.1", "the host has no route to 10.32.1.1"],
            ["node", "ip link set HOSTEND down", "is down"],
            ["node", "ip link del HOSTEND", "is gone"],
        ]
    )
    func `a check finds what is not as it was made`(damage: [String]) async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        let made = try await bed.attach(a)
        try await bed.attacher.check(made.key)
        let command = damage[1].split(separator: " ").map { $0 == "HOSTEND" ? made.hostInterface : String($0) }
        let place = damage[0] == "a" ? a : bed.host
        _ = try await Program.run(command, in: place.namespace.duplicate())
        let error = await expectError(.altered) { try await bed.attacher.check(made.key) }
        #expect(error?.message.contains(damage[2]) == true, "\(String(describing: error))")
    }

    @Test func `a container with another default route keeps it, and reaches the network's ranges`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let (a, other) = (try await Host.make("a"), try await Host.make("other"))
        try await Host.join(a, "eth0", other, "x")
        try await a.addAddress("192.0.2.2/24", to: "eth0")
        try await a.addRoute(to: "0.0.0.0/0", via: "192.0.2.1")
        let made = try await bed.attach(a, interface: "eth1")
        #expect(!made.isDefault)
        let routes = try await a.network.routes(family: .ipv4)
        let eth0 = try await a.index(of: "eth0")
        #expect(routes.filter { $0.destination.length == 0 }.map { $0.nextHops.first?.interface } == [eth0])
        #expect(routes.contains { $0.destination == IPPrefix("10.32.0.0/12") })
        try await bed.attacher.check(made.key)
    }

    @Test func `an address that the host routes elsewhere is not given`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let (a, other) = (try await Host.make("a"), try await Host.make("other"))
        try await Host.join(bed.host, "uplink", other, "x")
        let uplink = try await bed.host.index(of: "uplink")
        let taken = try #require(IPPrefix("10.32.1.1/32"))
        try await bed.host.network.addRoute(Route(to: taken, scope: .link, nextHops: [.init(interface: uplink)]))
        await expectError(.addressUnavailable) { try await bed.attach(a) }
        #expect(try await a.network.link(named: "eth0") == nil, "nothing is left of it")
        #expect(try await bed.attach(a).addresses.first?.description == "10.32.1.2")
    }

    @Test func `containers in a bridged network reach one another, and multicast stays in it`() async throws {
        let ranges = ["10.50.0.0/16", "fd00:50::/64"].compactMap { IPPrefix($0) }
        let prefixes = ["10.50.3.0/24", "fd00:50::3:0/112"].compactMap { IPPrefix($0) }
        let blue = AttachableNetwork(name: "blue", ranges: ranges, prefixes: prefixes, mtu: 1370, bridge: "tb-5")
        let bed = try await AttachmentBed.make([AttachmentBed.pods(), blue], runsDaemon: false)
        try await bed.host.network.addLink(Link(name: "tb-5", kind: .bridge(.init())))
        try await bed.host.network.setLink(try await bed.host.index(of: "tb-5"), .init(isUp: true))
        let (a, b) = (try await Host.make("a"), try await Host.make("b"))
        let made = try await bed.attach(a, network: "blue")
        try await bed.attach(b, network: "blue")
        #expect(made.addresses.map(\.description) == ["10.50.3.1", "fd00:50::3:1"])
        #expect(try await a.reaches("10.50.3.2"))
        #expect(try await a.reaches("fd00:50::3:2"))
        let routes = try await a.network.routes(family: .ipv4).map(\.destination.description).sorted()
        #expect(routes == ["10.50.0.0/16", "224.0.0.0/4"])
        try await bed.attacher.check(made.key)
        // The same container in the pod network too, with another interface.
        try await bed.attach(a, interface: "eth1")
        await expectError(.unknownNetwork) { try await bed.attach(b, interface: "eth2", network: "red") }
    }
}

/// Expects an error of that kind.
@discardableResult
func expectError(
    _ code: AttachmentError.Code,
    _ body: () async throws -> some Any,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> AttachmentError? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as AttachmentError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return nil
}
