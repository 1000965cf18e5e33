import Addressing
import OverlayCore
import SeededTesting
import Testing

@Suite struct PathFallbackTests {
    let a = PathNetwork.host(1)
    let b = PathNetwork.host(2)

    private func block(_ transport: PeerRoute.Transport) -> (PathNetwork.Link) -> Double {
        { $0.transport == transport ? 1 : 0 }
    }

    @Test func `packets go by VXLAN at once, and the path is established within a second`() {
        var network = PathNetwork()
        network.meet()
        #expect(network.route(a, b) == .vxlan(mtu: 1450))
        network.run(.seconds(1))
        #expect(network.status(a, b)?.state == .established(.vxlan(mtu: 1450)), "\(network.random)")
        #expect(network.changes.count == 2)
    }

    @Test func `while UDP 6784 is blocked packets go by WireGuard within 3 s, and by VXLAN again within 60 s after`() {
        for start in 0..<12 {
            var network = PathNetwork(seed: SeededGenerator.seed(UInt64(start)))
            network.meet()
            network.run(.seconds(20) + .milliseconds(97 * start))
            network.forget()
            network.loss = block(.vxlan)
            let blocked = network.now
            network.run(.seconds(3))
            for (host, peer) in [(a, b), (b, a)] {
                #expect(network.route(host, peer) == .wireGuard(mtu: 1440), "\(network.random)")
                #expect(network.status(host, peer)?.state == .fallback(.wireGuard))
                #expect(network.status(host, peer)?.reason == "vxlan: nothing gets through")
            }
            #expect(network.changes.allSatisfy { $0.at - blocked < .seconds(3) })
            network.run(.seconds(120))
            #expect(network.changes.count == 2)

            network.loss = { _ in 0 }
            network.forget()
            network.run(.seconds(60))
            for (host, peer) in [(a, b), (b, a)] { #expect(network.route(host, peer) == .vxlan(mtu: 1450)) }
            #expect(network.changes.count == 2, "\(network.random)")
        }
    }

    @Test func `where UDP 6784 is blocked from the beginning packets go by WireGuard within 5 s`() {
        var network = PathNetwork()
        network.loss = block(.vxlan)
        network.meet()
        network.run(.seconds(5))
        #expect(network.route(a, b) == .wireGuard(mtu: 1440))
        #expect(
            network.status(a, b)?.reason == "vxlan: no answer yet"
                || network.status(a, b)?.reason == "vxlan: nothing gets through"
        )
    }

    // Chance may do it all the same: a thousand probes that begin a run of losses, of which each is 27 long with a
    // probability of 0.51^27, and shorter ones while less loss than there is was seen: once in some 5,000 runs.
    @Test func `30 % random loss either way moves no packets and changes no MTU`() {
        for seed in SeededGenerator.seeds([1, 1_085_447_678, 3_518_964_557, 3_984_629_662]) {
            var network = PathNetwork(seed: seed)
            network.meet()
            network.run(.seconds(10))
            network.forget()
            // Half of all questions get no answer.
            network.loss = { _ in 0.3 }
            network.run(.seconds(900))
            #expect(network.changes.isEmpty, "\(network.random): \(network.changes)")
        }
    }

    @Test func `a path is established under 30 % loss within 15 s`() {
        var network = PathNetwork()
        network.loss = { _ in 0.3 }
        network.meet()
        network.run(.seconds(15))
        #expect(network.status(a, b)?.state == .established(.vxlan(mtu: 1450)), "\(network.random)")
    }

    @Test func `a path with a second of latency is established and stays`() {
        var network = PathNetwork()
        network.latency = { _ in .milliseconds(500) }
        network.meet()
        network.run(.seconds(10))
        #expect(network.status(a, b)?.state == .established(.vxlan(mtu: 1450)), "\(network.random)")
        network.forget()
        network.run(.seconds(120))
        #expect(network.changes.isEmpty)
    }

    @Test func `a peer whose daemon is gone keeps its route, and comes back without a detour`() {
        for start in 0..<10 {
            var network = PathNetwork(seed: SeededGenerator.seed(UInt64(start)))
            network.meet()
            network.run(.seconds(30) + .milliseconds(97 * start))
            network.forget()
            network.stopped = [b]
            network.run(.seconds(45))
            #expect(network.status(a, b)?.state == .down)
            #expect(network.changes.isEmpty, "\(network.random)")
            network.stopped = []
            network.run(.seconds(60))
            #expect(network.status(a, b)?.state == .established(.vxlan(mtu: 1450)))
            #expect(network.changes.isEmpty, "\(network.random): \(network.changes)")
        }
    }

    // Whatever the peer's paths are given up after, some of these pauses end just when one of two is and the other is not.
    @Test func `a peer whose daemon begins again after any pause is reached without a detour`() {
        for start in 0..<60 {
            var network = PathNetwork(seed: SeededGenerator.seed(UInt64(start)))
            network.meet()
            network.run(.seconds(30) + .milliseconds(97 * start))
            network.forget()
            network.stopped = [b]
            network.run(.milliseconds(500 + 75 * start))
            network.stopped = []
            network.restart(b)
            network.run(.seconds(20))
            #expect(!network.changes.contains { $0.host == a }, "\(network.random): \(network.changes)")
            for (host, peer) in [(a, b), (b, a)] {
                #expect(network.route(host, peer) == .vxlan(mtu: 1450), "\(network.random)")
                #expect(network.status(host, peer)?.state == .established(.vxlan(mtu: 1450)), "\(network.random)")
            }
        }
    }

    @Test func `packets for a peer that the mesh hears but no probe reaches are refused after a minute`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(10))
        network.handle(a, .present([b]))
        network.loss = { _ in 1 }
        network.forget()
        network.run(.seconds(50))
        #expect(network.route(a, b) == .vxlan(mtu: 1450), "\(network.random): \(network.changes) \(network.now)")
        network.run(.seconds(30))
        #expect(network.route(a, b) == .unreachable)
        network.loss = { _ in 0 }
        network.run(.seconds(10))
        #expect(network.route(a, b) == .vxlan(mtu: 1450))
    }

    @Test func `a path that fails soon after each return is held down longer each time, ten minutes at most`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(10))
        var waits: [Duration] = []
        for _ in 0..<7 {
            network.loss = block(.vxlan)
            network.run(.seconds(10))
            #expect(network.route(a, b) == .wireGuard(mtu: 1440), "\(network.random)")
            network.loss = { _ in 0 }
            let end = network.now
            network.run(.seconds(700)) { $0.route(a, b) == .vxlan(mtu: 1450) }
            waits.append(network.now - end)
        }
        for (wait, expected) in zip(waits, [30, 60, 120, 240, 480, 600, 600]) {
            #expect(wait > .seconds(expected) && wait < .seconds(expected + 10), "\(network.random): \(waits)")
        }
    }

    @Test func `one-way loss is told`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(10))
        network.loss = { [a] in $0.transport == .vxlan && $0.from == a ? 1 : 0 }
        network.run(.seconds(6))
        #expect(network.status(a, b)?.reason == "vxlan: the peer's packets arrive, ours are lost")
        #expect(network.status(b, a)?.reason == "vxlan: our packets arrive, the answers are lost")
        #expect(network.route(a, b) == .wireGuard(mtu: 1440))
        #expect(network.route(b, a) == .wireGuard(mtu: 1440))
    }

    @Test func `we did not run for a while: nothing counts as lost`() {
        var network = PathNetwork()
        network.meet()
        network.run(.seconds(10))
        network.forget()
        network.stopped = [a]
        network.run(.seconds(8))
        network.stopped = []
        network.run(.seconds(10))
        #expect(!network.changes.contains { $0.host == a }, "\(network.random): \(network.changes)")
    }
}
