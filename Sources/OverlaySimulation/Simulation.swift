public import OverlayCore

/// Peers of the overlay on simulated hosts and a simulated network, with a simulated clock.
///
/// Runs the very ``MeshNode`` that the daemon runs. The same seed and the same calls make the same history, to the last
/// message. After each step the rules that hold at any moment are checked; see ``violations``.
public final class Simulation {
    /// What every node is told; the cluster and the ranges are the same for all.
    public var configuration: MeshNodeConfiguration
    /// How well the network works from now on.
    public var conditions: NetworkConditions
    /// Whether each message is encoded and decoded on its way, or handed on as a value, which takes less memory.
    public var decodesMessages = true
    /// Whether hosts keep what their nodes store. Without, no host can be started twice, and memory is saved.
    public var keepsDisks = true
    /// Whether no address may be two peers' at any moment. A copied disk breaks that: it writes the same versions again.
    public var checksAddresses = true
    /// Is told what nodes log: when, which host, how important, and what.
    public var log: ((Duration, String, MeshLogLevel, String) -> Void)?
    /// Time since the beginning.
    public internal(set) var now: Duration = .zero
    /// The rules that were broken, at most 100.
    public internal(set) var violations: [Violation] = []
    /// Connections that were reset, refused, or closed with a reason: how often each.
    public internal(set) var closeReasons: [String: Int] = [:]
    /// Why nodes refused each other: how often each reason.
    public internal(set) var refusals: [String: Int] = [:]
    /// What nodes could not do for their users: how often each reason.
    public internal(set) var failures: [String: Int] = [:]
    /// How many events there were so far.
    public internal(set) var eventCount = 0

    var hosts: [SimulatedHost] = []
    var links: [Link<MeshMessage>?] = []
    var queue = EventQueue<SimulationEvent>()
    var generator: SplitMix64
    var reachability = Reachability()
    var listeners: [PeerAddress: Int] = [:]
    /// Ends whose messages wait for the network to be mended, and how many arrivals were missed.
    var stalled: [LinkEnd: Int] = [:]
    /// Blocks that nodes give addresses of to pods.
    var blocks = AddressLedger()
    /// Addresses that nodes believe to be theirs.
    var owned = AddressLedger()
    var scratch: [UInt8] = []

    /// An empty world.
    public init(
        configuration: MeshNodeConfiguration,
        conditions: NetworkConditions = NetworkConditions(),
        seed: UInt64
    ) {
        self.configuration = configuration
        self.conditions = conditions
        generator = SplitMix64(seed: seed)
    }

    /// The number of hosts.
    public var hostCount: Int { hosts.count }

    /// Runs for so long.
    public func run(for time: Duration) { run(until: now + time) }

    /// Runs to a moment.
    public func run(until end: Duration) {
        while let next = queue.nextMoment, next <= end { step() }
        now = max(now, end)
    }

    /// Runs until a condition holds, which is looked at in such intervals, or the limit is over.
    ///
    /// - Returns: Whether it holds.
    public func run(
        atMost limit: Duration,
        every interval: Duration = .milliseconds(50),
        until condition: (Simulation) -> Bool
    ) -> Bool {
        let end = now + limit
        while !condition(self) {
            guard now < end else { return false }
            run(until: min(now + interval, end))
        }
        return true
    }

    private func step() {
        guard let (moment, event) = queue.popFirst() else { return }
        now = max(now, moment)
        eventCount += 1
        perform(event)
    }

    /// Adds a broken rule.
    func report(_ text: String) {
        guard violations.count < 100 else { return }
        violations.append(Violation(moment: now, text: text))
    }
}
