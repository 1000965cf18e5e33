/// Who talks to whom in the mesh, and what all of them agree on: decisions only, no sockets, no clock, no disk.
///
/// A moment is a `Duration` since an arbitrary start, the same for all calls.
public struct MeshCore: Sendable {
    /// What was given at the start.
    public let configuration: MeshConfiguration
    /// Our own record as it was published last.
    public private(set) var own: PeerRecord
    /// What has been counted since the start.
    public internal(set) var counters = MeshCounters()

    /// A core that begins with what it had on disk, of any kind; its own record among it gets a higher version.
    public init(
        configuration: MeshConfiguration,
        own: PeerRecord,
        stored: [ReplicatedEntry],
        seed: UInt64,
        now: Duration
    ) {
        self.configuration = configuration
        self.own = own
    }

    /// When ``MeshInput/tick`` is due; nil if nothing is waited for.
    public var nextDeadline: Duration? { nil }

    /// Takes note of what happened, and returns what is to be done.
    public mutating func handle(_ input: MeshInput, now: Duration) -> [MeshOutput] { [] }

    /// All members' records, ours among them, without removed ones. Made anew at each call.
    public var members: [PeerID: PeerRecord] { [own.id: own] }

    /// The number of members, ourselves counted.
    public var memberCount: Int { 1 }

    /// Members that nobody reaches, as far as we heard.
    public var unreachable: Set<PeerID> { [] }

    /// A member's record; nil if there is none or it was removed.
    public func member(_ id: PeerID) -> PeerRecord? { id == own.id ? own : nil }

    /// What is stored under a key.
    public func entry(_ key: ReplicatedEntry.Key) -> ReplicatedEntry? { nil }

    /// All entries of a kind. Made anew at each call.
    public func entries(of kind: ReplicatedEntry.Kind) -> [ReplicatedEntry] { [] }

    /// All that is stored, in one number: two cores with the same number have the same entries.
    public var digest: MeshDigest { MeshDigest(root: 0, count: 0) }

    /// The connections that are up or tried, in the order in which people read them.
    public var connections: [ConnectionSummary] { [] }

    /// The places that the user named.
    public var targets: [PeerAddress] { [] }
}
