import Addressing
import OverlayCore
import SeededTesting
import Testing

@Suite struct PathMTUTests {
    let a = PathNetwork.host(1)
    let b = PathNetwork.host(2)

    private func mtu(_ route: PeerRoute?) -> UInt32 {
        switch route {
        case .vxlan(let mtu), .wireGuard(let mtu), .relay(_, _, let mtu): mtu
        default: 0
        }
    }

    @Test(arguments: [0, 0.05] as [Double])
    func `a middle hop whose MTU shrinks to 1300 is noticed within 11 s`(loss: Double) {
        for seed in SeededGenerator.seeds([1, 2_220_850_985, 3_127_770_719, 4_017_534_204, 4_151_321_269]) {
            shrink(loss, seed)
        }
    }

    private func shrink(_ loss: Double, _ seed: UInt64) {
        for start in 0..<6 {
            var network = PathNetwork(seed: seed)
            network.meet()
            network.run(.seconds(30) + .milliseconds(1177 * start))
            network.forget()
            network.loss = { _ in loss }
            network.mtu = { $0.transport == .vxlan ? 1250 : 1240 }
            network.run(.seconds(11))
            for (host, peer) in [(a, b), (b, a)] {
                #expect((1240...1250).contains(mtu(network.route(host, peer))), "\(network.random)")
                guard case .degraded(.vxlan, _) = network.status(host, peer)?.state else {
                    Issue.record("\(network.random): \(String(describing: network.status(host, peer)))")
                    continue
                }
            }
            // The hop gets its MTU back: noticed at the next look for more.
            network.mtu = { _ in .max }
            network.run(.seconds(75))
            #expect(network.route(a, b) == .vxlan(mtu: 1450), "\(network.random)")
        }
    }

    @Test func `any MTU is found, never one that is too large, at most 8 bytes less`() {
        var network = PathNetwork(seed: nil) { _, record in record.underlayMTU = 9000 }
        network.meet()
        for _ in 0..<12 {
            let limit = UInt32.random(in: 576...8950, using: &network.random)
            network.mtu = { _ in limit }
            network.handle(a, .recheck(nil))
            // What is larger by now is found at the next look for more.
            network.run(.seconds(75))
            let found = mtu(network.route(a, b))
            #expect(found <= limit && found + 8 >= limit, "\(network.random): \(found) of \(limit)")
            #expect(network.status(a, b)?.transports.first?.verdict == "up")
        }
    }

    @Test func `asked to, it looks at once`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(10))
        network.mtu = { _ in 1250 }
        network.handle(a, .recheck(b))
        network.run(.seconds(4))
        #expect((1243...1250).contains(mtu(network.route(a, b))), "\(network.random)")
        network.mtu = { _ in 1400 }
        network.handle(a, .recheck(b))
        network.run(.seconds(4))
        #expect((1393...1400).contains(mtu(network.route(a, b))), "\(network.random)")
    }

    @Test func `a path on which not even 576 bytes pass is not used`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(10))
        network.mtu = { $0.transport == .vxlan ? 500 : .max }
        network.run(.seconds(20))
        #expect(network.route(a, b) == .wireGuard(mtu: 1440), "\(network.random)")
        #expect(network.status(a, b)?.reason == "vxlan: not even packets of 576 bytes pass")
        network.mtu = { _ in .max }
        network.run(.seconds(120))
        #expect(network.route(a, b) == .vxlan(mtu: 1450), "\(network.random)")
    }

    @Test func `a device that refuses a size ends the search for it`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(2))
        network.forget()
        network.mtu = { _ in 1400 }
        for size: UInt32 in [1450, 1449, 1425] {
            network.handle(a, .tooLarge(b, .vxlan, byteCount: size))
        }
        network.run(.seconds(3))
        #expect((1393...1400).contains(mtu(network.route(a, b))), "\(network.random)")
    }

    @Test func `the smaller of two underlay MTUs counts`() {
        var network = PathNetwork(3) { _, record in
            if record.id == PathNetwork.host(2) { record.underlayMTU = 1400 }
            if record.id == PathNetwork.host(3) { record.underlayMTU = .max }
        }
        network.meet()
        #expect(network.route(a, b) == .vxlan(mtu: 1350))
        #expect(network.route(b, a) == .vxlan(mtu: 1350))
        #expect(network.route(a, PathNetwork.host(3)) == .vxlan(mtu: 1450))
    }

    @Test func `pods get the least MTU of all paths that may be used`() {
        func pod(_ endpoint: String?, _ policy: EncryptionPolicy = .off, wireGuard: Bool = true, peers: [UInt32] = [])
            -> PodMTU
        {
            let records = peers.enumerated().map { number, mtu in
                PeerRecord(id: PathNetwork.host(UInt64(number + 9)), name: "p\(number)", underlayMTU: mtu)
            }
            return PodMTU(
                PathConfiguration(
                    own: a,
                    tunnelEndpoint: endpoint.flatMap { IPAddress($0) },
                    encryption: policy,
                    hasWireGuard: wireGuard
                ),
                peers: records
            )
        }
        #expect(pod("10.0.0.1", wireGuard: false).byteCount == 1450)
        #expect(pod("10.0.0.1").byteCount == 1440)
        #expect(pod("fd00::1").byteCount == 1420)
        #expect(pod("fd00::1", wireGuard: false).byteCount == 1430)
        #expect(pod(nil).byteCount == 1420)
        #expect(pod("10.0.0.1", .require).byteCount == 1440)
        #expect(pod("10.0.0.1", peers: [1500, 1400, 9000]).byteCount == 1340)
        #expect(pod("10.0.0.1", peers: [1400]).reason == "p0's underlay's MTU 1400 less 60 for WireGuard over IPv4")
        #expect(pod("10.0.0.1", peers: [0, 600]).byteCount == 1280)
    }
}
