import Addressing
import OverlayCore
import OverlaySimulation
import Testing

@Suite struct SimulationTests {
    /// Peers that all know the first one, after so long.
    private func world(
        _ count: Int,
        configuration: MeshNodeConfiguration = .test(),
        after time: Duration = .seconds(15),
        seed: UInt64 = 1
    ) -> Simulation {
        let world = Simulation(configuration: configuration, seed: seed)
        world.decodesMessages = count < 100
        for host in 0..<count { world.addHost(targets: host == 0 ? [] : [0]) }
        for host in 0..<count { world.start(host) }
        world.run(for: time)
        return world
    }

    @Test func `a seed makes the same history again`() {
        let chaos = Chaos(peerCount: 6, duration: .seconds(30), seed: 4711)
        let first = chaos.run(configuration: .test())
        let second = chaos.run(configuration: .test())
        #expect(first.eventCount == second.eventCount)
        #expect(first.traffic == second.traffic)
        #expect(
            (0..<first.hostCount).map { first.node(on: $0)?.mesh.digest }
                == (0..<second.hostCount).map { second.node(on: $0)?.mesh.digest }
        )
    }

    @Test(arguments: [3, 10, 30])
    func `peers that start together have addresses after a few seconds`(_ count: Int) {
        let world = world(count)
        world.checkEnd()
        #expect(world.violations == [])
        #expect(world.refusals == [:])
    }

    @Test func `three seeds have addresses one second after their start`() {
        let world = world(3, configuration: .test(bootstrap: .seeds(["host0", "host1", "host2"])), after: .seconds(1))
        #expect(world.haveAddresses)
    }

    @Test func `three peers agree on founders two seconds after their start`() {
        let world = world(3, configuration: .test(bootstrap: .consensus(3)), after: .seconds(2))
        #expect(world.haveAddresses)
    }

    @Test func `a line of peers is one mesh`() {
        let world = Simulation(configuration: .test(), seed: 2)
        for host in 0..<10 { world.addHost(targets: host == 0 ? [] : [host - 1]) }
        // Each reaches only the next.
        for one in 0..<10 { for other in (one + 1)..<10 where other > one + 1 { world.setBroken(one, other, true) } }
        for host in 0..<10 { world.start(host) }
        world.run(for: .seconds(40))
        world.checkEnd()
        #expect(world.violations == [])
    }

    @Test func `both sides of a partition go on, and agree after it`() {
        let world = world(9)
        world.partition([[0, 1, 2, 3]])
        world.run(for: .seconds(60))
        // One newcomer on each side, which gets addresses there.
        for target in [1, 7] { world.start(world.addHost(targets: [target])) }
        world.partition([[0, 1, 2, 3, 9]])
        world.run(for: .seconds(60))
        #expect(world.haveAddresses)
        world.heal()
        world.run(for: .seconds(90))
        world.checkEnd()
        #expect(world.violations == [])
    }

    @Test func `a minority removes nobody`() {
        let world = world(7)
        world.partition([[0, 1, 2]])
        world.run(for: .seconds(30))
        let removed = world.identity(of: 5)
        world.tell(0, .removePeer(removed))
        world.run(for: .seconds(60))
        #expect(world.node(on: 0)?.mesh.member(removed) != nil)
        #expect(world.failures.count == 1)
        world.heal()
        world.run(for: .seconds(90))
        world.checkEnd()
        #expect(world.violations == [])
    }

    @Test func `a slow reader holds up nobody, and nothing piles up for it`() {
        let world = world(20)
        world.setReadRate(100, of: 7)
        for round in 0..<30 {
            for host in 0..<20 { world.tell(host, .mesh(.updateOwn { $0.underlayMTU = UInt32(1400 + round) })) }
            world.run(for: .seconds(1))
        }
        world.run(for: .seconds(2))
        // All others know everything, whatever the slow one does.
        let others = (0..<20).filter { $0 != 7 }
        let records = others.compactMap { world.node(on: $0)?.mesh.own }
        let areKnown = others.allSatisfy { host in
            records.allSatisfy { world.node(on: host)?.mesh.member($0.id) == $0 }
        }
        #expect(areKnown)
        #expect(world.violations == [])
    }

    @Test func `a newcomer is known to a hundred within three seconds`() {
        let world = world(100, configuration: MeshNodeConfiguration(mesh: MeshConfiguration(cluster: "test")))
        let newcomer = world.addHost(targets: [50])
        world.start(newcomer)
        let isKnown = world.run(atMost: .seconds(3)) {
            $0.isKnownToAll(newcomer) && $0.memberCount(on: newcomer) == 101
        }
        #expect(isKnown)
        #expect(world.violations == [])
    }

    @Test func `idle peers send little`() {
        let world = world(20, after: .seconds(60))
        let before = world.traffic
        world.run(for: .seconds(30))
        #expect((world.traffic - before).byteCount / 20 / 30 < 300)
    }
}
