public import Addressing

/// What a peer of the mesh must be told; the same on all peers but for the intervals.
public struct MeshConfiguration: Sendable, Hashable {
    /// The versions of the protocol that we speak, lowest first.
    public var protocolVersions: ClosedRange<UInt16>
    /// The cluster's name or fingerprint: peers of another are refused.
    public var cluster: String
    /// The ranges that the cluster's pods have addresses of: peers with other ones are refused. Order does not matter.
    public var ranges: [IPPrefix]
    /// What we can do beyond the protocol's version, as bits; told to each neighbour.
    public var capabilities: UInt64

    /// Up to this number of members, each is connected with all; above, with O(log n) of them.
    public var fullMeshLimit: Int
    /// Connections beyond this number are given up, oldest first, when they are nobody's neighbour or target.
    public var connectionLimit: Int
    /// Entries of new keys beyond this number are not taken.
    public var entryLimit: Int

    /// How long news is gathered before it is passed on, in quiet times; in busy times 2.5 times as long.
    public var spreadDelay: Duration
    /// How often, with a fifth of jitter, each neighbour is told what we have; it also shows that we live.
    public var digestInterval: Duration
    /// A connection on which nothing came for so long is closed.
    public var silenceLimit: Duration
    /// How long the other side may take for its first message.
    public var helloTimeout: Duration
    /// The first pause before a peer is dialled again; each further one is half as long again.
    public var minimumBackoff: Duration
    /// The longest pause before a peer is dialled again.
    public var maximumBackoff: Duration
    /// A connection that lived so long was a good one: after it the first pause is the shortest again.
    public var stableAfter: Duration
    /// How long a connection that neither side needs any more is kept.
    public var lingerTime: Duration
    /// How long a ring neighbour must be unreachable before the others are told so.
    public var suspicionDelay: Duration

    /// A configuration with the intervals of the product.
    public init(
        cluster: String,
        ranges: [IPPrefix] = [],
        protocolVersions: ClosedRange<UInt16> = 1...1,
        capabilities: UInt64 = 0,
        fullMeshLimit: Int = 8,
        connectionLimit: Int = 128,
        entryLimit: Int = 262_144,
        spreadDelay: Duration = .milliseconds(20),
        digestInterval: Duration = .seconds(2),
        silenceLimit: Duration = .seconds(10),
        helloTimeout: Duration = .seconds(10),
        minimumBackoff: Duration = .milliseconds(500),
        maximumBackoff: Duration = .seconds(60),
        stableAfter: Duration = .seconds(30),
        lingerTime: Duration = .seconds(20),
        suspicionDelay: Duration = .seconds(15)
    ) {
        self.cluster = cluster
        self.ranges = ranges
        self.protocolVersions = protocolVersions
        self.capabilities = capabilities
        self.fullMeshLimit = fullMeshLimit
        self.connectionLimit = connectionLimit
        self.entryLimit = entryLimit
        self.spreadDelay = spreadDelay
        self.digestInterval = digestInterval
        self.silenceLimit = silenceLimit
        self.helloTimeout = helloTimeout
        self.minimumBackoff = minimumBackoff
        self.maximumBackoff = maximumBackoff
        self.stableAfter = stableAfter
        self.lingerTime = lingerTime
        self.suspicionDelay = suspicionDelay
    }
}
