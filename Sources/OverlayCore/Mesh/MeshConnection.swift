/// What the core knows of one connection.
struct MeshConnection: Sendable {
    let id: ConnectionID
    let isOutbound: Bool
    /// The other end; of an inbound connection not a port to dial.
    let remote: PeerAddress
    let openedAt: Duration
    /// When something came last.
    var lastHeard: Duration
    /// More may be sent.
    var isWritable = true
    /// Who is there, once introduced.
    var peer: Peer?

    /// Stands for the connection in ``ChangeLog/Item/holders``; 0 if there are too many connections.
    var bit: UInt64 = 0
    /// The number of the first change that was not sent.
    var cursor: UInt64 = 0
    /// How far everything has been sent; nil if it need not be.
    var sweep: Sweep?
    /// When ``sweep`` was begun last.
    var sweptAt: Duration?
    /// Hashes of keys whose entries are to be sent.
    var outbox: [UInt64] = []
    /// What the other side has differs from what we have since then.
    var differsSince: Duration?
    /// When we began to compare last.
    var comparedAt: Duration?

    /// News go at once over it, not only what we have written ourselves.
    var isEager = true
    /// Entries that came over it since it was judged last, and were new.
    var freshCount = 0
    /// Entries that came over it since it was judged last, and were known.
    var knownCount = 0

    /// We need it, and have said so.
    var isNeeded = true
    /// The other side needs it.
    var isNeededByPeer = true
    /// Since when neither side does.
    var idleSince: Duration?

    /// Who is at the other end.
    struct Peer: Sendable {
        var id: PeerID
        /// Its place in the ring: the hash of its record's key.
        var hash: UInt64
        var name: String
        var instance: UInt64
        var started: Int64
        var establishedAt: Duration
    }

    /// A place among all entries.
    struct Sweep: Sendable {
        /// The parts that entries are sent in: who is there, what they own, and the rest.
        enum Part: Sendable { case peers, ring, others }

        var part = Part.peers
        var hash: UInt64 = 0
    }
}
