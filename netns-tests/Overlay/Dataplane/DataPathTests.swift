import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayDataPathTests {
    @Test func `pods reach exposed addresses of other hosts`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        var state = lab.state(2)
        let exposed = ["10.32.2.77", "fd32:0:0:2::77"].compactMap { IPAddress($0) }
        state.node.exposedAddresses = exposed
        #expect(try await lab[2].reconciler.apply(state).changes == 2)
        for address in exposed {
            try await eventually("\(address) to answer") { await OverlayLab.pings(lab[1].pod, address) }
        }
        #expect(try await lab[2].reconciler.apply(lab.state(2)).changes == 2)
        for address in exposed { #expect(await !OverlayLab.pings(lab[1].pod, address)) }
    }

    /// Whether the kernel takes, and keeps, routes for a path that hardly anything fits through.
    @Test func `a path of a small MTU is a route of either family`() async throws {
        let lab = try await OverlayLab(2)
        for (here, there) in [(1, 2), (2, 1)] {
            var state = lab.state(here)
            state.peers[OverlayLab.id(there)]?.route = .vxlan(mtu: 900)
            #expect(try await lab[here].reconciler.apply(state).problems == [])
            #expect(try await lab[here].reconciler.apply(state) == OverlayReport())
        }
        try await lab.expectAllPings()
        for (family, mtu) in [(IPFamily.ipv4, UInt32(900)), (.ipv6, 1280)] {
            let routes = try await lab[1].host.network.routes(family: family, origin: .trama)
            #expect(routes.contains { $0.mtu == mtu && $0.isMTULocked }, "\(family)")
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `pods of three hosts reach each other over both families`(underlay: IPFamily) async throws {
        let lab = try await OverlayLab(3, underlay: underlay)
        let problems = try await lab.applyAll()
        #expect(problems == [], "\(problems)")
        try await lab.expectAllPings()
        // Headers: 20 or 40 of IP, 8 of ICMP.
        let mtu = underlay == .ipv4 ? 1450 : 1430
        try await eventually("a ping to be answered") { await lab.pings(1, 2, .ipv4, size: mtu - 28) }
        #expect(await !lab.pings(1, 2, .ipv4, size: mtu - 27))
        try await eventually("a ping to be answered") { await lab.pings(1, 2, .ipv6, size: mtu - 48) }
        #expect(await !lab.pings(1, 2, .ipv6, size: mtu - 47))
        // From the host itself, and to it.
        try await eventually("a ping to be answered") { await OverlayLab.pings(lab[1].host, lab[2].podAddress(.ipv4)) }
        try await eventually("a ping to be answered") { await OverlayLab.pings(lab[1].host, lab[2].podAddress(.ipv6)) }
        for member in lab.members {
            let report = try await member.reconciler.apply(lab.state(member.number))
            #expect(report == OverlayReport())
            #expect(member.reconciler.counters.repairs.values.allSatisfy { $0 == 0 })
        }
    }
}
