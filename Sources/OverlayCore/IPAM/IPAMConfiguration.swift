internal import Addressing

/// What the sharing out of addresses must be told; the same on all peers but for the intervals.
public struct IPAMConfiguration: Sendable, Hashable {
    /// The cluster's name or fingerprint.
    public var cluster: String
    /// The pods' ranges, those whose ``IPAMRange/id`` is empty. Others are ignored.
    public var ranges: [IPAMRange]
    /// How the first owners are found.
    public var bootstrap: Bootstrap

    /// How long a seed that has nothing on disk listens for a ring that is there already, before it founds one. It
    /// keeps a seed that lost its disk from founding anew what others have long divided.
    public var seedDelay: Duration
    /// How long a peer that sees a quorum, but not all initial peers, waits for the others before it proposes.
    public var consensusDelay: Duration
    /// How long a request for space waits for the first owner asked; each further one 1.5 times as long, to five times.
    public var requestTimeout: Duration
    /// How long a decision (consensus, `rmpeer`) is waited for before the user is told that it cannot be had.
    public var decisionTimeout: Duration
    /// How long a removed peer's space lies idle before its heir takes it, so that what the peer gave away last is
    /// heard of.
    public var takeOverDelay: Duration

    /// A configuration with the intervals of the product.
    public init(
        cluster: String,
        ranges: [IPAMRange],
        bootstrap: Bootstrap,
        seedDelay: Duration = .seconds(2),
        consensusDelay: Duration = .seconds(3),
        requestTimeout: Duration = .seconds(2),
        decisionTimeout: Duration = .seconds(10),
        takeOverDelay: Duration = .seconds(60)
    ) {
        self.cluster = cluster
        self.ranges = ranges
        self.bootstrap = bootstrap
        self.seedDelay = seedDelay
        self.consensusDelay = consensusDelay
        self.requestTimeout = requestTimeout
        self.decisionTimeout = decisionTimeout
        self.takeOverDelay = takeOverDelay
    }

    /// How the address space gets its first owners.
    public enum Bootstrap: Sendable, Hashable {
        /// These peers, by name or identity, split it evenly and need not talk for that. Names must be unique.
        case seeds([String])
        /// So many initial peers agree on who splits it, as soon as more than half of them are there. To be the
        /// greatest number that may come up before they agree; 1 agrees with itself at once.
        case consensus(Int)
        /// Others are asked for space; this peer founds nothing.
        case join
    }
}

extension IPAMConfiguration {
    /// The seeds, each once, in the order in which they split the space; nil for another way to begin.
    var seeds: [String]? {
        guard case .seeds(let names) = bootstrap else { return nil }
        return Set(names).sorted()
    }

    /// The identity of the ring that these founders begin. Different founders, ranges or clusters: another ring.
    func ringIdentity(founders: [String]) -> UInt64 {
        var bytes: [UInt8] = []
        Field.append(1, cluster.utf8, to: &bytes)
        for range in ranges.sorted(by: { $0.prefix < $1.prefix }) {
            Field.append(2, "\(range.prefix) \(range.blockLength)".utf8, to: &bytes)
        }
        for founder in founders { Field.append(3, founder.utf8, to: &bytes) }
        return EntryHash.key(kind: ReplicatedEntry.Kind.ring.rawValue, name: bytes)
    }
}

extension IPAMRange {
    /// The identity of the ring of a bridged network's range: its creator founds it, everybody knows its number.
    var networkRingIdentity: UInt64 {
        EntryHash.key(kind: ReplicatedEntry.Kind.network.rawValue, name: Array("\(id) \(prefix) \(blockLength)".utf8))
    }
}
