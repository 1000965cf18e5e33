import Addressing
import Glibc
import OverlayCore
import OverlaySimulation
import Testing

/// Random histories; each prints its seed, which `TRAMA_SEED` takes.
@Suite struct ChaosTests {
    private func expectRules(
        _ chaos: Chaos,
        configuration: MeshNodeConfiguration = .test(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        // `TRAMA_TRACE=1` prints the history.
        let isTraced = getenv("TRAMA_TRACE") != nil
        let world = chaos.run(
            configuration: configuration,
            log: isTraced ? { moment, host, text in print("\(moment) \(host): \(text)") } : nil
        )
        let violations = world.violations.prefix(10).map(\.description).joined(separator: "\n")
        let isWell = world.violations.isEmpty
        #expect(
            isWell,
            "TRAMA_SEED=\(chaos.seed), \(chaos.peerCount) peers:\n\(violations)",
            sourceLocation: sourceLocation
        )
    }

    @Test(arguments: TestSeed.seeds(4))
    func `processes that die at any point lose nothing that was said`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: 5, faults: [.kills, .powerLoss, .changes], seed: seed))
    }

    @Test(arguments: TestSeed.seeds(3))
    func `partitions heal`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: 8, faults: [.partitions, .changes, .joins], seed: seed))
    }

    @Test(arguments: TestSeed.seeds(3))
    func `a bad network, slow readers and pauses evict nobody`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: 8, faults: [.badNetwork, .slowReaders, .pauses, .changes], seed: seed))
    }

    @Test(arguments: TestSeed.seeds(3))
    func `clones get an identity of their own`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: 5, faults: [.clones, .kills, .changes], seed: seed))
    }

    @Test(arguments: TestSeed.seeds(4))
    func `peers that leave or are removed lose no addresses`(_ seed: UInt64) {
        expectRules(
            Chaos(peerCount: 7, faults: [.leaves, .joins, .removals, .powerLoss, .diskLoss, .changes], seed: seed)
        )
    }

    @Test(arguments: TestSeed.seeds(3))
    func `a liar evicts nobody`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: 6, faults: [.lies, .changes, .kills], seed: seed))
    }

    @Test(arguments: TestSeed.seeds(6))
    func `everything at once but clones breaks no rule`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: Int(3 + seed % 16), faults: .all.subtracting(.clones), seed: seed))
    }

    /// No peers join or lose their disks: the initial number is the greatest that may come up before they agree.
    @Test(arguments: TestSeed.seeds(4))
    func `initial peers agree on one ring`(_ seed: UInt64) {
        let count = Int(3 + seed % 6)
        expectRules(
            Chaos(
                peerCount: count,
                duration: .seconds(40),
                faults: [.kills, .powerLoss, .pauses, .partitions, .badNetwork, .slowReaders, .changes, .lies],
                seed: seed
            ),
            configuration: .test(bootstrap: .consensus(count))
        )
    }

    @Test(arguments: TestSeed.seeds(4))
    func `everything at once breaks no rule of the mesh`(_ seed: UInt64) {
        expectRules(Chaos(peerCount: Int(3 + seed % 10), seed: seed))
    }
}

extension MeshNodeConfiguration {
    /// A configuration of small clusters: 128 blocks of IPv4 and 256 of IPv6.
    static func test(
        bootstrap: IPAMConfiguration.Bootstrap = .seeds(["host0", "host1"])
    ) -> MeshNodeConfiguration {
        let ranges = [("10.32.0.0/17", 24), ("fd00:1::/56", 64)].compactMap { text, blockLength in
            IPPrefix(text).flatMap { IPAMRange(prefix: $0, blockLength: blockLength) }
        }
        return MeshNodeConfiguration(
            mesh: MeshConfiguration(cluster: "test", ranges: ranges.map(\.prefix)),
            addresses: IPAMConfiguration(cluster: "test", ranges: ranges, bootstrap: bootstrap)
        )
    }
}
