import Addressing
import Netlink
import Testing

@Suite struct RoundTripTests {
    static let hardware = LinkLayerAddress(bytes: [2, 0, 0, 0, 0, 1])
    static let six = IPAddress.v6(high: 0xfd00_0000_0000_0000, low: 1)

    static let links = [
        Link(
            index: 7,
            name: "eth0",
            flags: [.up, .broadcast, .running],
            mtu: 1400,
            address: hardware,
            master: 3,
            parent: 9,
            parentNamespaceID: -1,
            operationalState: 6,
            alias: "uplink"
        ),
        Link(name: "br0", kind: .bridge(.init(spanningTree: true, vlanFiltering: false, multicastSnooping: true))),
        Link(name: "br1", kind: .bridge(.init())),
        Link(name: "vx0", kind: .vxlan(.init(id: 0xffffff, underlay: 2, local: .v4(1), port: 4789, learning: false))),
        Link(name: "vx1", kind: .vxlan(.init(id: 1, local: six))),
        Link(
            name: "vx2",
            kind: .vxlan(
                .init(id: 1, dontFragment: .inherit, udpChecksum: true, omitsChecksum6: false, acceptsNoChecksum6: true)
            )
        ),
        Link(name: "v0", kind: .veth(peer: nil)),
        Link(
            name: "v1",
            kind: .veth(peer: .init(name: "v2", namespaceDescriptor: 5, address: hardware, mtu: 1300))
        ),
        Link(name: "tun0", kind: .tun(.init(carriesFrames: false, isPersistent: true))),
        Link(name: "tap0", kind: .tun(.init(carriesFrames: true, hasMultipleQueues: true))),
        Link(name: "wg0", kind: .other("wireguard")),
    ]

    @Test(arguments: links) func `a link decodes as it was encoded`(_ link: Link) throws {
        let bytes = encoded { $0.message(type: 16, flags: []) { link.encode(into: &$0) } }
        #expect(try decode(bytes) { _, body throws(MessageError) in try Link(body: body) } == [link])
    }

    static let addresses = [
        InterfaceAddress(interface: 1, address: .v4(0x7f00_0001), prefixLength: 8, label: "lo", scope: .host),
        InterfaceAddress(interface: 2, address: .v4(1), prefixLength: 32, peer: .v4(2), flags: .noPrefixRoute),
        InterfaceAddress(interface: 2, address: .v4(1), prefixLength: 24, broadcast: .v4(255)),
        InterfaceAddress(interface: 3, address: six, prefixLength: 64, scope: .link, flags: [.tentative]),
    ]

    @Test(arguments: addresses) func `an address decodes as it was encoded`(_ address: InterfaceAddress) throws {
        let bytes = encoded { $0.message(type: 20, flags: []) { address.encode(into: &$0) } }
        #expect(try decode(bytes) { _, body throws(MessageError) in try InterfaceAddress(body: body) } == [address])
    }

    static func routes() throws -> [Route] {
        let (four, six) = (try #require(IPPrefix("10.0.0.0/8")), try #require(IPPrefix("::/0")))
        let hop = Route.NextHop(gateway: .v4(9), interface: 2)
        return [
            Route(to: four, nextHops: [hop]),
            Route(to: four, table: 70_000, origin: .boot, nextHops: [hop], metric: 4, mtu: 1280),
            Route(to: four, origin: .trama, nextHops: [hop], mtu: 1280, isMTULocked: true),
            Route(to: four, nextHops: [.init(gateway: Self.six, interface: 2, isOnLink: true)]),
            Route(to: four, nextHops: [hop, .init(gateway: Self.six, interface: 3, isOnLink: true, weight: 256)]),
            Route(to: four, scope: .link, nextHops: [.init(interface: 1)], preferredSource: .v4(5)),
            Route(to: four, type: .unreachable),
            Route(to: six, nextHops: [.init(gateway: Self.six), .init(interface: 4)]),
        ]
    }

    @Test func `a route decodes as it was encoded`() throws {
        for route in try Self.routes() {
            let bytes = encoded { $0.message(type: 24, flags: []) { route.encode(into: &$0) } }
            #expect(try decode(bytes) { _, body throws(MessageError) in try Route(body: body) } == [route])
        }
    }

    static let neighbours = [
        Neighbour(interface: 1, address: .v4(1), linkLayerAddress: hardware),
        Neighbour(interface: 2, address: six, state: .incomplete, isRouter: true),
        Neighbour(interface: 3, address: six, state: [], isProxy: true),
    ]

    @Test(arguments: neighbours) func `a neighbour decodes as it was encoded`(_ neighbour: Neighbour) throws {
        let bytes = encoded { $0.message(type: 28, flags: []) { neighbour.encode(into: &$0) } }
        #expect(try decode(bytes) { _, body throws(MessageError) in try Neighbour(body: body) } == [neighbour])
        #expect(try decode(bytes) { _, body throws(MessageError) in try FDBEntry(body: body) } == [nil])
    }

    static let entries = [
        FDBEntry(interface: 1, address: hardware, destination: .v4(1)),
        FDBEntry(interface: 1, address: hardware, vlan: 5, master: 2, state: .reachable, isOwn: false),
    ]

    @Test(arguments: entries) func `a forwarding entry decodes as it was encoded`(_ entry: FDBEntry) throws {
        let bytes = encoded { $0.message(type: 28, flags: []) { entry.encode(into: &$0) } }
        #expect(try decode(bytes) { _, body throws(MessageError) in try FDBEntry(body: body) } == [entry])
        #expect(try decode(bytes) { _, body throws(MessageError) in try Neighbour(body: body) } == [nil])
    }

    static let flows = [TransportProtocol.tcp, .udp, .sctp].flatMap { transport in
        [IPAddress.v4(1), six].map { address in
            let tuple = Flow.Tuple(source: address, destination: address, sourcePort: 1, destinationPort: 65_535)
            let status: FlowStatus = [.assured, .destinationTranslated]
            return Flow(
                transport: transport,
                original: tuple,
                reply: tuple.reversed,
                status: status,
                mark: 0x4000,
                id: 9,
                zone: 2,
                timeout: 30
            )
        }
    }

    @Test(arguments: flows) func `a flow decodes as it was encoded`(_ flow: Flow) throws {
        let bytes = encoded { $0.message(type: 0x100, flags: []) { flow.encode(into: &$0) } }
        #expect(try decode(bytes) { _, body throws(MessageError) in try Flow(body: body) } == [flow])
    }
}
