import Addressing
public import OverlayCore

/// A cluster that starts all at once, lies still, and gets one more peer: the history that figures are taken of.
public struct SimulationScenario: Sendable {
    /// Peers at the start.
    public var peerCount: Int
    /// Within which time they start.
    public var startWindow: Duration
    /// How many of them all others are told to connect to.
    public var targetCount: Int
    /// How long nothing happens, to measure what that takes.
    public var idleTime: Duration
    /// How long to wait for anything.
    public var limit: Duration
    /// The network between them.
    public var conditions: NetworkConditions
    /// Whether the peers share out addresses too, IPv4 and IPv6.
    public var sharesAddresses: Bool
    /// Of everything that is random.
    public var seed: UInt64

    /// A scenario from its parts.
    public init(
        peerCount: Int,
        startWindow: Duration = .seconds(1),
        targetCount: Int = 3,
        idleTime: Duration = .seconds(60),
        limit: Duration = .seconds(120),
        conditions: NetworkConditions = NetworkConditions(),
        sharesAddresses: Bool = true,
        seed: UInt64 = 1
    ) {
        self.peerCount = peerCount
        self.startWindow = startWindow
        self.targetCount = targetCount
        self.idleTime = idleTime
        self.limit = limit
        self.conditions = conditions
        self.sharesAddresses = sharesAddresses
        self.seed = seed
    }

    /// What all nodes are told: a range with about three blocks for each peer.
    public var configuration: MeshNodeConfiguration {
        // 10.0.0.0/8 and fd00::/40 of at most 65,536 blocks each.
        var bits = 6
        while 1 << bits < peerCount * 3, bits < 16 { bits += 1 }
        let ranges = [
            IPPrefix(.v4(0x0a00_0000), length: 24 - bits).flatMap { IPAMRange(prefix: $0, blockLength: 24) },
            IPPrefix(.v6(high: 0xfd00_0000_0000_0000, low: 0), length: 64 - bits)
                .flatMap { IPAMRange(prefix: $0, blockLength: 64) },
        ].compactMap(\.self)
        let seeds = (0..<min(targetCount, peerCount)).map { "host\($0)" }
        return MeshNodeConfiguration(
            mesh: MeshConfiguration(cluster: "simulation", ranges: ranges.map(\.prefix)),
            addresses: sharesAddresses
                ? IPAMConfiguration(cluster: "simulation", ranges: ranges, bootstrap: .seeds(seeds)) : nil
        )
    }

    /// Runs the history.
    ///
    /// - Parameter progress: Is told in words what comes next.
    public func run(progress: (String) -> Void = { _ in }) -> SimulationReport {
        let simulation = Simulation(configuration: configuration, conditions: conditions, seed: seed)
        // What is known to be the same on the wire need not be made thousands of times.
        simulation.decodesMessages = peerCount <= 100
        simulation.keepsDisks = false
        var report = SimulationReport(
            peerCount: peerCount,
            startTraffic: .init(messages: 0, bytes: 0, mostBytes: 0),
            idleTraffic: .init(messages: 0, bytes: 0, mostBytes: 0),
            eventCount: 0,
            violations: []
        )

        progress("\(peerCount) peers start")
        let targets = Array(0..<min(targetCount, peerCount))
        for _ in 0..<peerCount { simulation.addHost(targets: targets) }
        let pause = startWindow / peerCount
        let origin = simulation.now
        let before = simulation.trafficOfAll
        for host in 0..<peerCount {
            simulation.start(host)
            simulation.run(for: pause)
        }
        if simulation.run(atMost: limit, until: { $0.haveMet }) { report.convergence = simulation.now - origin }
        progress("known to each other after \(simulation.now - origin)")
        if simulation.run(atMost: limit, until: { $0.haveAddresses && $0.knowEachOther() && $0.agrees }) {
            report.addressing = simulation.now - origin
        }
        report.startTraffic = Self.traffic(simulation.trafficOfAll, since: before, per: 1)
        progress("settled after \(simulation.now - origin)")

        // Connections that served the start only may still end.
        simulation.run(for: .seconds(30))
        let idle = simulation.trafficOfAll
        simulation.run(for: idleTime)
        report.idleTraffic = Self.traffic(simulation.trafficOfAll, since: idle, per: idleTime.seconds)

        progress("one record changes")
        var start = simulation.now
        simulation.tell(peerCount / 2, .mesh(.updateOwn { $0.underlayMTU = 1400 }))
        if simulation.run(atMost: limit, every: .milliseconds(10), until: { $0.isKnownToAll(peerCount / 2) }) {
            report.update = simulation.now - start
        }

        progress("one more peer starts")
        start = simulation.now
        let newcomer = simulation.addHost(targets: targets)
        simulation.start(newcomer)
        let isKnown = simulation.run(atMost: limit, every: .milliseconds(10)) {
            $0.isKnownToAll(newcomer) && $0.memberCount(on: newcomer) == peerCount + 1
        }
        if isKnown {
            report.joining = simulation.now - start
        }
        if simulation.run(atMost: limit, every: .milliseconds(10), until: { $0.haveAddresses }) {
            report.joiningAddressing = simulation.now - start
        }
        _ = simulation.run(atMost: limit, until: { $0.agrees })
        simulation.checkEnd()
        report.eventCount = simulation.eventCount
        report.violations = simulation.violations
        return report
    }

    private static func traffic(
        _ now: [Traffic],
        since before: [Traffic],
        per seconds: Double
    ) -> SimulationReport.PeerTraffic {
        let sent = zip(now, before).map { $0 - $1 }
        let sum = sent.reduce(Traffic()) { $0 + $1 }
        let divisor = Double(max(sent.count, 1)) * seconds
        return SimulationReport.PeerTraffic(
            messages: Double(sum.messageCount) / divisor,
            bytes: Double(sum.byteCount) / divisor,
            mostBytes: Double(sent.map(\.byteCount).max() ?? 0) / seconds
        )
    }
}

extension Simulation {
    fileprivate var trafficOfAll: [Traffic] { (0..<hostCount).map { traffic(of: $0) } }
}
