/// What a number of peers took, in one simulated history.
public struct SimulationReport: Sendable {
    /// Peers.
    public var peerCount: Int
    /// From the start of the first peer until every peer knew of every other; nil if the limit was over before.
    public var convergence: Duration?
    /// From the start of the first peer until every peer had a block of addresses, too, and all had the same entries;
    /// nil likewise.
    public var addressing: Duration?
    /// What a peer sent until then.
    public var startTraffic: PeerTraffic
    /// What a peer sent in a second, with nothing happening.
    public var idleTraffic: PeerTraffic
    /// From a change of one peer's record until all have it; nil likewise.
    public var update: Duration?
    /// From the start of one more peer until every peer knew it, and it every peer; nil likewise.
    public var joining: Duration?
    /// From its start until it had a block of addresses, too.
    public var joiningAddressing: Duration?
    /// Events that it took to simulate.
    public var eventCount: Int
    /// The rules that were broken.
    public var violations: [Violation]

    /// Messages and bytes that peers sent; without TLS, TCP and IP.
    public struct PeerTraffic: Sendable {
        /// Messages of one, on average.
        public var messages: Double
        /// Bytes of one, on average.
        public var bytes: Double
        /// Bytes of the one that sent most.
        public var mostBytes: Double
    }
}
