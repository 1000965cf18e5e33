import Addressing
import Netlink
import OverlayCore
import OverlayDataplane
import Testing

/// What a daemon that begins reads from the kernel of the one before, and of the traffic there is.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayWaysTests {
    @Test(arguments: IPFamily.allCases)
    func `the ways that packets go are read back from the routes`(underlay: IPFamily) async throws {
        let lab = try await OverlayLab(3, underlay: underlay)
        _ = try await lab[1].host.run("ip", "link", "add", "wgx", "type", "veth", "peer", "name", "wgy")
        for link in ["wgx", "wgy"] { _ = try await lab[1].host.run("ip", "link", "set", link, "up") }
        var state = lab.state(1)
        state.node.wireGuardDevice = "wgx"
        let (second, third) = (OverlayLab.id(2), OverlayLab.id(3))
        let cases: [[PeerID: PeerRoute]] = [
            [second: .vxlan(mtu: 1400), third: .relay(second, over: .vxlan, mtu: 1300)],
            [second: .wireGuard(mtu: 1350), third: .vxlan(mtu: 900)],
            [second: .relay(third, over: .vxlan, mtu: 1290)],
        ]
        for ways in cases {
            var applied = state
            for id in [second, third] { applied.peers[id]?.route = ways[id] ?? .unreachable }
            _ = try await lab[1].reconciler.apply(applied)
            // Another daemon, which knows the peers and not the ways.
            let fresh = try OverlayReconciler(in: lab[1].host.namespace)
            #expect(try await fresh.ways(to: state) == ways)
        }
    }

    @Test func `the use of a peer's forwarding entry says that something was sent to it`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        try await lab.expectAllPings()
        let peer = LinkLayerAddress(bytes: OverlayLab.id(2).tunnelLinkAddress)
        let before = try await eventually("the entry to rest for two seconds") {
            try await lab[1].reconciler.tunnelUse()[peer].flatMap { $0 >= .seconds(2) ? $0 : nil }
        }
        // Without the ping it would have rested for longer.
        try await eventually("a ping to be answered") { await lab.pings(1, 2, .ipv4) }
        let rested = try #require(try await lab[1].reconciler.tunnelUse()[peer])
        #expect(rested < before)
        #expect(try await lab[1].reconciler.tunnelUse().count == 1)
    }
}
