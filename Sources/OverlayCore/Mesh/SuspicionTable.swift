/// Who is thought to be unreachable, and whom we ourselves fail to reach.
struct SuspicionTable: Sendable {
    /// The suspected peers, with the instance that is meant.
    private(set) var suspected: [PeerID: UInt64] = [:]
    /// Our ring neighbours that do not answer.
    var failing: [PeerID: Failing] = [:]

    struct Failing: Sendable {
        /// Since when it has not answered, or since it said that it lives.
        var since: Duration
        /// How often it said that it lives although we do not reach it.
        var denials = 0
    }

    /// Takes note of an entry of the kind.
    mutating func note(_ entry: ReplicatedEntry) {
        guard
            let id = PeerID(bytes: entry.key.name), let value = try? PeerSuspicion(decoding: entry.value[...])
        else { return }
        suspected[id] = value.isSuspected ? value.instance : nil
    }
}
