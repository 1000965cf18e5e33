/// A decision that we try to bring about: what we have heard of the others' votes.
struct Proposal: Sendable {
    /// What we want, where nobody wanted anything before.
    let wish: [PeerID]
    /// When the user is told that it does not come about; nil where nobody waits for it.
    var deadline: Duration?
    /// Our attempt.
    var ballot: Ballot
    /// When another attempt is made, because somebody else's got in the way.
    var retry: Duration?
    /// Who promised our ballot, and what each had accepted by then.
    private(set) var promises: [PeerID: Vote.Accepted?] = [:]
    /// Who accepted our ballot.
    private(set) var acceptors: Set<PeerID> = []
    /// The most peers that anybody thinks may vote: more than half of them must.
    private(set) var electorate: UInt64

    /// An attempt that nobody has heard of.
    init(wish: [PeerID], deadline: Duration?, ballot: Ballot, electorate: UInt64) {
        self.wish = wish
        self.deadline = deadline
        self.ballot = ballot
        self.electorate = electorate
    }

    /// The number of peers that must agree.
    var quorum: Int { Int(clamping: electorate / 2) + 1 }

    /// The number of peers that have answered.
    var answers: Int { max(promises.count, acceptors.count) }

    /// Takes note of a peer's vote.
    mutating func note(_ state: Vote.State, of peer: PeerID) {
        if state.promised == ballot || state.accepted?.ballot == ballot {
            electorate = max(electorate, state.electorate)
        }
        if state.promised == ballot, promises[peer] == nil { promises[peer] = .some(state.accepted) }
        if state.accepted?.ballot == ballot { acceptors.insert(peer) }
    }

    /// What we may propose; nil while too few have promised.
    var value: [PeerID]? {
        guard promises.count >= quorum else { return nil }
        let accepted = promises.values.compactMap { $0 }.max { $0.ballot < $1.ballot }
        return accepted?.peers ?? wish
    }

    /// More than half of all have accepted: it is decided, for good.
    var isDecided: Bool { acceptors.count >= quorum }
}
