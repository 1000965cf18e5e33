/// What an ``IPAMCore`` sees of the mesh: all entries as they are now, those that it published before included.
///
/// So that the core need not keep a second copy of the whole ring.
public protocol IPAMView {
    /// What is stored under a key.
    func entry(_ key: ReplicatedEntry.Key) -> ReplicatedEntry?
    /// All entries of a kind, in an order that follows from the entries.
    func entries(of kind: ReplicatedEntry.Kind) -> [ReplicatedEntry]
    /// Calls `body` with all entries of a kind, in an order that follows from the entries.
    func forEachEntry(of kind: ReplicatedEntry.Kind, _ body: (ReplicatedEntry) -> Void)
    /// Whether we are connected with a peer.
    func isNeighbour(_ id: PeerID) -> Bool
    /// All members' records, ours among them, without removed ones.
    var members: [PeerID: PeerRecord] { get }
    /// The number of members, ourselves counted, without removed ones.
    var memberCount: Int { get }
    /// A member's record; nil if there is none or it was removed.
    func member(_ id: PeerID) -> PeerRecord?
    /// Members that nobody reaches, as far as we heard.
    var unreachable: Set<PeerID> { get }
}

extension MeshCore: IPAMView {}

extension IPAMView {
    /// Whether a peer was removed.
    func isRemoved(_ id: PeerID) -> Bool { entry(PeerRecord.key(of: id))?.isTombstone ?? false }

    /// What people call a peer, or its identity.
    func name(_ id: PeerID) -> String { member(id)?.name ?? "\(id)" }
}
