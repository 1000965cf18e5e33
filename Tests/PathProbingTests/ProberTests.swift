import Addressing
import Netlink
import OverlayCore
import PathProbing
import Testing

@Suite struct ProberTests {
    private let peer = PeerRecord(id: PeerID(high: 2, low: 0), name: "b", endpoints: [.v4(2)])

    private func prober() throws -> Prober {
        try Prober(
            configuration: PathConfiguration(own: PeerID(high: 1, low: 0), tunnelEndpoint: .v4(1)),
            devices: .init(vxlan: "trama.none"),
            in: NetworkNamespace.current()
        )
    }

    @Test func `a route is known as soon as a peer is, without any device`() async throws {
        let prober = try prober()
        prober.update(peer: peer)
        #expect(prober.routes == [peer.id: .vxlan(mtu: 1450)])
        var changes = prober.changes.makeAsyncIterator()
        await changes.next()
        prober.update(peers: [:])
        #expect(prober.routes.isEmpty)
        await changes.next()
    }

    @Test func `a missing device is told, and stops nothing`() async throws {
        let prober = try prober()
        prober.update(peer: peer)
        try await withThrowingTaskGroup { group in
            group.addTask { await prober.run() }
            while prober.problems[.vxlan] == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(prober.problems[.vxlan]?.operation == "find device trama.none")
            group.cancelAll()
        }
        #expect(prober.counters.sent == 0)
    }
}
