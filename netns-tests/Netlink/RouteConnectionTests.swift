import Addressing
import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RouteConnectionTests {
    @Test func `a bridge, a VXLAN tunnel and a link of another kind are listed as they were made`() async throws {
        let host = try await Host.make("a")
        let network = host.network
        let bridge = LinkKind.Bridge(spanningTree: true, multicastSnooping: false)
        let tunnel = LinkKind.VXLAN(
            id: 77,
            local: .v4(0x0a00_0001),
            port: 4789,
            learning: false,
            dontFragment: .set,
            udpChecksum: true,
            omitsChecksum6: false,
            acceptsNoChecksum6: true
        )
        try await network.addLink(Link(name: "br0", kind: .bridge(bridge), flags: .up))
        let master = try await host.index(of: "br0")
        try await network.addLink(Link(name: "vx0", kind: .vxlan(tunnel), master: master))
        try await network.addLink(
            Link(name: "d0", kind: .other("ifb"), mtu: 1400, address: LinkLayerAddress("02:00:00:00:00:07"))
        )

        let links = try await network.links()
        #expect(links.map(\.name) == ["lo", "br0", "vx0", "d0"])
        #expect(links[0].kind == .device)
        // The kernel tells of VLAN filtering too; it may be built without, and then refuses to be told.
        #expect(links[1].kind == .bridge(.init(spanningTree: true, vlanFiltering: false, multicastSnooping: false)))
        #expect(links[1].flags.contains(.up))
        #expect(links[2].kind == .vxlan(tunnel))
        #expect(links[2].master == master)
        #expect(links[3].kind == .other("ifb"))
        #expect(links[3].mtu == 1400)
        #expect(links[3].address?.description == "02:00:00:00:00:07")
    }

    @Test func `a tun device is told from a tap device`() async throws {
        let host = try await Host.make("a")
        try await host.run("ip", "tuntap", "add", "mode", "tun", "name", "tun0")
        try await host.run("ip", "tuntap", "add", "mode", "tap", "multi_queue", "name", "tap0")
        let kinds = try await host.network.links().map(\.kind)
        #expect(
            kinds == [
                .device,
                .tun(.init(carriesFrames: false, isPersistent: true)),
                .tun(.init(carriesFrames: true, isPersistent: true, hasMultipleQueues: true)),
            ]
        )
    }

    @Test func `a veth pair is made with its peer in another namespace`() async throws {
        let (left, right) = (try await Host.make("a"), try await Host.make("b"))
        let address = LinkLayerAddress("02:00:00:00:00:02")
        let peer = LinkKind.VethPeer(
            name: "far",
            namespaceDescriptor: right.namespace.fileDescriptor,
            address: address,
            mtu: 1300
        )
        try await left.network.addLink(Link(name: "near", kind: .veth(peer: peer), mtu: 1300))
        let near = try #require(try await left.network.link(named: "near"))
        let far = try #require(try await right.network.link(named: "far"))
        #expect(near.kind == .veth(peer: nil))
        #expect(near.parent == far.index)
        #expect(near.parentNamespaceID != nil)
        #expect((far.address, far.mtu) == (address, 1300))
    }

    @Test func `a link is renamed, moved and deleted`() async throws {
        let (left, right) = (try await Host.make("a"), try await Host.make("b"))
        try await left.network.addLink(Link(name: "d0", kind: .other("ifb")))
        let index = try await left.index(of: "d0")
        let descriptor = right.namespace.fileDescriptor
        try await left.network.setLink(index, .init(name: "d1", mtu: 1280, namespaceDescriptor: descriptor))
        #expect(try await left.network.link(named: "d0") == nil)
        let moved = try #require(try await right.network.link(named: "d1"))
        #expect(moved.mtu == 1280)
        try await right.network.deleteLink(moved.index)
        #expect(try await right.network.links().count == 1)
    }

    @Test func `addresses are listed as they were added`() async throws {
        let host = try await Host.make("a")
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        let index = try await host.index(of: "d0")
        let addresses = [
            InterfaceAddress(
                interface: index,
                address: .v4(0x0a01_0203),
                prefixLength: 16,
                broadcast: .v4(0x0a01_ffff),
                label: "d0",
                flags: .permanent
            ),
            InterfaceAddress(
                interface: index,
                address: .v4(0x0a02_0001),
                prefixLength: 32,
                peer: .v4(0x0a02_0002),
                label: "d0",
                flags: .permanent
            ),
            InterfaceAddress(
                interface: index,
                address: .v6(high: 0xfd00_0000_0000_0000, low: 1),
                prefixLength: 64,
                flags: [.permanent, .noDuplicateDetection]
            ),
        ]
        for address in addresses { try await host.network.addAddress(address) }
        let listed = try await host.network.addresses(interface: index)
        #expect(listed.filter { !$0.address.isLinkLocal } == addresses)
        for address in addresses { try await host.network.removeAddress(address) }
        #expect(try await host.network.addresses(family: .ipv4, interface: index).isEmpty)
    }

    @Test func `routes are listed as they were added`() async throws {
        let host = try await Host.make("a")
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        try await host.addAddress("10.1.0.1/24", to: "d0")
        try await host.addAddress("fd00::1/64", to: "d0")
        let index = try await host.index(of: "d0")
        let prefix = { (text: String) in try #require(IPPrefix(text)) }
        func hop(_ text: String) throws -> Route.NextHop {
            let gateway: IPAddress = try #require(IPAddress(text))
            return Route.NextHop(gateway: gateway, interface: index)
        }
        var shared = [try hop("10.1.0.2"), try hop("10.1.0.3")]
        shared[1].weight = 3
        var far = try hop("192.0.2.1")
        far.isOnLink = true
        let routes = [
            Route(to: try prefix("0.0.0.0/0"), table: 1000, nextHops: [try hop("10.1.0.2")], metric: 5, mtu: 1400),
            Route(to: try prefix("10.2.0.0/16"), table: 1000, nextHops: shared),
            Route(to: try prefix("10.3.0.0/16"), table: 1000, nextHops: [far], preferredSource: .v4(0x0a01_0001)),
            Route(to: try prefix("10.4.0.0/16"), table: 1000, nextHops: [try hop("fd00::2")]),
            Route(to: try prefix("10.5.0.0/16"), table: 1000, type: .blackhole),
            Route(to: try prefix("10.6.0.0/16"), table: 1000, scope: .link, nextHops: [.init(interface: index)]),
            Route(
                to: try prefix("10.7.0.0/16"),
                table: 1000,
                origin: .trama,
                nextHops: [try hop("10.1.0.2")],
                mtu: 1390,
                isMTULocked: true
            ),
        ]
        for route in routes { try await host.network.addRoute(route) }
        #expect(try await host.network.routes(family: .ipv4, table: 1000) == routes)

        var six = Route(to: try prefix("fd01::/48"), nextHops: [try hop("fd00::2"), try hop("fd00::3")], metric: 7)
        try await host.network.addRoute(six)
        #expect(try await host.network.routes(family: .ipv6, origin: .administrator) == [six])
        six.nextHops = [try hop("fd00::4")]
        try await host.network.replaceRoute(six)
        #expect(try await host.network.routes(family: .ipv6, origin: .administrator) == [six])
        try await host.network.removeRoute(six)
        #expect(try await host.network.routes(family: .ipv6, origin: .administrator).isEmpty)
        #expect(try await host.network.routes(family: .ipv4, table: 2000).isEmpty)
    }

    @Test func `a refused route names itself and the kernel's reason`() async throws {
        let host = try await Host.make("a")
        let destination = try #require(IPPrefix("10.9.0.0/16"))
        await #expect {
            try await host.network.addRoute(Route(to: destination, nextHops: [.init(gateway: .v4(0x0a01_0002))]))
        } throws: {
            $0 as? NetlinkError
                == NetlinkError(
                    operation: "add route 10.9.0.0/16 to table 254",
                    errno: ENETUNREACH,
                    message: "Nexthop has invalid gateway"
                )
        }
    }

    @Test func `neighbours and forwarding entries are listed as they were added`() async throws {
        let host = try await Host.make("a")
        let tunnel = LinkKind.VXLAN(id: 5, port: 4789, learning: false)
        try await host.network.addLink(Link(name: "vx0", kind: .vxlan(tunnel), flags: .up))
        let index = try await host.index(of: "vx0")
        let address = try #require(LinkLayerAddress("02:00:00:00:00:09"))
        let neighbour = Neighbour(
            interface: index,
            address: .v4(0x0a00_0009),
            linkLayerAddress: address,
            origin: .trama
        )
        try await host.network.setNeighbour(neighbour)
        #expect(try await host.network.neighbours(family: .ipv4, interface: index) == [neighbour])
        try await host.network.removeNeighbour(neighbour)
        #expect(try await host.network.neighbours(family: .ipv4, interface: index).isEmpty)

        let everyone = LinkLayerAddress(bytes: [0, 0, 0, 0, 0, 0])
        let entries = [
            FDBEntry(interface: index, address: address, destination: .v4(0xc000_0201)),
            FDBEntry(interface: index, address: everyone, destination: .v4(0xc000_0201)),
            FDBEntry(interface: index, address: everyone, destination: .v4(0xc000_0202), port: 4790),
        ]
        try await host.network.addForwardingEntry(entries[0])
        for entry in entries[1...] { try await host.network.appendForwardingEntry(entry) }
        #expect(try await Set(host.network.forwardingEntries(interface: index)) == Set(entries))
        for entry in entries { try await host.network.removeForwardingEntry(entry) }
        #expect(try await host.network.forwardingEntries(interface: index).isEmpty)
    }

    @Test func `a long list is whole`() async throws {
        let host = try await Host.make("a")
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        let index = try await host.index(of: "d0")
        for number in 0..<5000 {
            let address = IPAddress.v4(0x0a00_0000 + UInt32(number))
            try await host.network.addAddress(
                InterfaceAddress(interface: index, address: address, prefixLength: 32)
            )
        }
        #expect(try await host.network.addresses(family: .ipv4, interface: index).count == 5000)
    }

    @Test func `a list that changes while it is read has every lasting object once`() async throws {
        let host = try await Host.make("a")
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        let index = try await host.index(of: "d0")
        func address(_ number: Int) -> InterfaceAddress {
            InterfaceAddress(interface: index, address: .v4(0x0a00_0000 + UInt32(number)), prefixLength: 32)
        }
        let lasting = 500
        for number in 0..<lasting { try await host.network.addAddress(address(number)) }
        let other = try RouteConnection(in: host.namespace)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in lasting..<(lasting + 300) {
                    try await other.addAddress(address(number))
                    try await other.removeAddress(address(number))
                }
            }
            for _ in 0..<5 {
                let listed = try await host.network.addresses(family: .ipv4, interface: index).map(\.address)
                #expect(Set(listed).count == listed.count)
                let found = listed.filter { $0 < address(lasting).address }
                #expect(found.count == lasting)
            }
            try await group.waitForAll()
        }
    }

    @Test func `a sysctl belongs to the namespace`() async throws {
        let (left, right) = (try await Host.make("a"), try await Host.make("b"))
        try left.sysctl("net/ipv4/ip_forward", "1")
        #expect(try Sysctl.read(path: "net/ipv4/ip_forward", in: left.namespace) == "1")
        #expect(try Sysctl.read(path: "net/ipv4/ip_forward", in: right.namespace) == "0")
    }
}
