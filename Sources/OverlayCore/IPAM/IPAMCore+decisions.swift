extension IPAMCore {
    /// What was decided on a subject; nil while nothing is known to be.
    func result(_ subject: DecisionSubject, _ view: some IPAMView) -> [PeerID]? {
        DecisionResult.peers(view.entry(subject.resultKey))
    }

    /// The number of peers that may vote on a subject, as far as we know: all members, but for the one that it is about;
    /// for the founders at least the expected number.
    private func electorate(_ subject: DecisionSubject, _ view: some IPAMView) -> UInt64 {
        switch subject {
        case .founders:
            guard case .consensus(let count) = configuration.bootstrap else { return UInt64(view.memberCount) }
            return UInt64(max(1, count, view.memberCount))
        case .heir(let peer):
            return UInt64(max(1, view.memberCount - (view.member(peer) == nil ? 0 : 1)))
        }
    }

    /// Whether we (still) vote on a subject.
    private func votes(on subject: DecisionSubject, _ view: some IPAMView) -> Bool {
        guard result(subject, view) == nil else { return false }
        switch subject {
        case .founders: return podRing == nil
        case .heir(let peer): return peer != own && !view.isRemoved(peer)
        }
    }

    /// Tries to bring about a decision.
    mutating func propose(
        _ subject: DecisionSubject,
        _ wish: [PeerID],
        deadline: Duration?,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        let round = (vote.states[subject]?.promised.round ?? 0) + 1
        let ballot = Ballot(round: round, proposer: own)
        let electorate = electorate(subject, view)
        guard round < Ballot.roundLimit, makeRoom(for: subject, view) else { return }
        vote.states[subject, default: Vote.State(promised: ballot, electorate: electorate)].promised = ballot
        vote.states[subject]?.electorate = electorate
        voteHasChanged = true
        proposals[subject] = Proposal(wish: wish, deadline: deadline, ballot: ballot, electorate: electorate)
        advance(subject, view, &step)
    }

    /// Forgets old decisions' votes where there are many: those that are decided, of which the result is known.
    private mutating func makeRoom(for subject: DecisionSubject, _ view: some IPAMView) -> Bool {
        guard vote.states[subject] == nil, vote.states.count >= Vote.maximumStateCount / 2 else { return true }
        for old in vote.states.keys where result(old, view) != nil { vote.states[old] = nil }
        return vote.states.count < Vote.maximumStateCount
    }

    /// Takes note of another peer's votes: promises and accepts what it must, and sees what becomes of our attempts.
    mutating func take(_ other: Vote, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard other.acceptor != own, !view.isRemoved(other.acceptor) else { return }
        for (subject, state) in other.states where votes(on: subject, view) {
            if case .heir(let peer) = subject, peer == other.acceptor { continue }
            guard makeRoom(for: subject, view) else { continue }
            follow(subject, state, view)
            guard var proposal = proposals[subject] else { continue }
            proposal.note(state, of: other.acceptor)
            if state.promised > proposal.ballot, proposal.retry == nil {
                proposal.retry = step.now + generator.jittered(.seconds(2), 500...1500)
            }
            proposals[subject] = proposal
            advance(subject, view, &step)
        }
    }

    /// An acceptor's two rules: a promise is never lowered, and nothing below it is accepted.
    private mutating func follow(_ subject: DecisionSubject, _ state: Vote.State, _ view: some IPAMView) {
        var mine = vote.states[subject] ?? Vote.State(promised: Ballot(round: 0, proposer: own), electorate: 0)
        let before = mine
        if let accepted = state.accepted, accepted.ballot >= mine.promised, accepted.ballot != mine.accepted?.ballot {
            mine.promised = accepted.ballot
            mine.accepted = accepted
        }
        mine.promised = max(mine.promised, state.promised)
        guard mine != before else { return }
        mine.electorate = electorate(subject, view)
        vote.states[subject] = mine
        voteHasChanged = true
    }

    /// Goes on with an attempt of ours as far as the votes allow.
    private mutating func advance(_ subject: DecisionSubject, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard var proposal = proposals[subject], var mine = vote.states[subject] else { return }
        mine.electorate = max(mine.electorate, electorate(subject, view))
        proposal.note(mine, of: own)
        if mine.promised == proposal.ballot, mine.accepted?.ballot != proposal.ballot, let value = proposal.value {
            mine.accepted = Vote.Accepted(ballot: proposal.ballot, peers: value)
            vote.states[subject] = mine
            voteHasChanged = true
            proposal.note(mine, of: own)
        }
        proposals[subject] = proposal
        guard proposal.isDecided, let value = mine.accepted?.ballot == proposal.ballot ? mine.accepted?.peers : nil,
            let version = step.nextVersion(subject.resultKey, view)
        else { return }
        step.publish(DecisionResult.entry(subject, value, version: version))
        learn(subject, value, view, &step)
    }

    /// Goes on with our attempts when time has passed.
    mutating func advanceProposals(_ view: some IPAMView, _ step: inout IPAMStep) {
        for subject in proposals.keys.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            guard let proposal = proposals[subject] else { continue }
            if let deadline = proposal.deadline, step.now >= deadline {
                proposals[subject] = nil
                if case .heir(let peer) = subject {
                    step.fail(
                        "\(view.name(peer)) cannot be removed now: \(proposal.answers) of \(proposal.electorate) other"
                            + " peers agree, and more than half must; try again where most of them are reachable"
                    )
                }
            } else if let retry = proposal.retry, step.now >= retry {
                // One on which we do not vote any more would be due for ever.
                proposals[subject] = nil
                guard votes(on: subject, view) else { continue }
                propose(subject, proposal.wish, deadline: proposal.deadline, view, &step)
            }
        }
    }

    /// A decision is known.
    mutating func learn(
        _ subject: DecisionSubject,
        _ peers: [PeerID],
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        let isAwaited = proposals.removeValue(forKey: subject) != nil
        switch subject {
        case .founders: learnFounders(peers, view, &step)
        case .heir(let peer):
            if let heir = peers.first { learnHeir(heir, of: peer, isAwaited: isAwaited, view, &step) }
        }
    }

    /// Publishes our votes, if they have changed: before anything that follows from them.
    mutating func publishVote(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard voteHasChanged else { return }
        voteHasChanged = false
        guard let version = step.nextVersion(Vote.key(of: own), view) else { return }
        step.publish(vote.entry(version: version))
    }
}
