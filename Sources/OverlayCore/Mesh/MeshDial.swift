/// What the core knows of a place that it dials.
struct MeshDial: Sendable {
    let address: PeerAddress
    /// The user named it.
    var isTarget: Bool
    /// Who answered there last, or should.
    var peer: PeerID?
    /// Who answered there last, whomever we looked for.
    var answeredBy: PeerID?
    var state = State.idle
    /// The pause after the next failure.
    var backoff: Duration
    /// Failures since the last good connection.
    var failures = 0
    /// Why it failed last.
    var reason = ""
    /// We ourselves answer there: it is never dialled again.
    var isSelf = false
    /// The peer was there at the last attempt, even if only to refuse us.
    var isAnswering = false
    /// When somebody wanted it last.
    var wantedAt: Duration

    enum State: Sendable, Hashable {
        /// Not wanted, or satisfied by another connection.
        case idle
        case dialling(since: Duration)
        case connected(ConnectionID)
        /// Not dialled again before this moment.
        case waiting(until: Duration)
    }
}
