import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayDataPathTests {
    @Test(arguments: IPFamily.allCases)
    func `pods of three hosts reach each other over both families`(underlay: IPFamily) async throws {
        let lab = try await OverlayLab(3, underlay: underlay)
        let problems = try await lab.applyAll()
        #expect(problems == [], "\(problems)")
        try await lab.expectAllPings()
        // Headers: 20 or 40 of IP, 8 of ICMP.
        let mtu = underlay == .ipv4 ? 1450 : 1430
        #expect(await lab.pings(1, 2, .ipv4, size: mtu - 28))
        #expect(await !lab.pings(1, 2, .ipv4, size: mtu - 27))
        #expect(await lab.pings(1, 2, .ipv6, size: mtu - 48))
        #expect(await !lab.pings(1, 2, .ipv6, size: mtu - 47))
        // From the host itself, and to it.
        #expect(await OverlayLab.pings(lab[1].host, lab[2].podAddress(.ipv4)))
        #expect(await OverlayLab.pings(lab[1].host, lab[2].podAddress(.ipv6)))
        for member in lab.members {
            let report = try await member.reconciler.apply(lab.state(member.number))
            #expect(report == OverlayReport())
            #expect(member.reconciler.counters.repairs.values.allSatisfy { $0 == 0 })
        }
    }
}
