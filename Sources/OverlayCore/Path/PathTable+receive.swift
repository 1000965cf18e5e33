extension PathTable {
    /// How many questions of a peer are answered in a second: a search for the MTU asks 80.
    private static var answersPerSecond: Int { 250 }

    /// Takes a frame. What is not for us, not from whom it says, or answers nothing that we asked, is dropped.
    mutating func receive(_ frame: ProbeFrame, from source: ProbeSource, now: Duration) {
        guard frame.sender != configuration.own, machines[frame.sender] != nil else { return }
        guard frame.target == configuration.own else { return forward(frame, from: source, now: now) }
        switch frame.kind {
        case .relayUse, .relayUsed:
            // They come by the relay.
            guard isFrom(frame.subject, source), frame.subject != frame.sender else { return }
        case .probe, .answer, .relayQuery, .relayAnswer:
            guard isFrom(frame.sender, source) else { return }
        }
        switch frame.kind {
        case .probe: receiveProbe(frame, over: source.transport, now: now)
        case .answer: receiveAnswer(frame, over: source.transport, now: now)
        case .relayQuery: receiveRelayQuery(frame, over: source.transport, now: now)
        case .relayAnswer: receiveRelayAnswer(frame, over: source.transport, now: now)
        case .relayUse: receiveRelayUse(frame, over: source.transport, now: now)
        case .relayUsed: receiveRelayUsed(frame, now: now)
        }
    }

    /// Whether a peer is where the frame came from.
    func isFrom(_ peer: PeerID, _ source: ProbeSource) -> Bool {
        guard machines[peer] != nil else { return false }
        return switch source {
        case .vxlan(let linkAddress): peer.tunnelLinkAddress.reduce(0) { $0 << 8 | UInt64($1) } == linkAddress
        case .wireGuard(let address): peer.wireGuardAddress == address
        }
    }

    /// Whether a peer may be given another answer in this second.
    mutating func mayAnswer(_ peer: PeerID, now: Duration) -> Bool {
        guard let machine = machines[peer] else { return false }
        let second = now.components.seconds
        let count = machine.answerSecond == second ? machine.answerCount : 0
        machines[peer]?.answerSecond = second
        machines[peer]?.answerCount = count + 1
        return count < Self.answersPerSecond
    }

    private mutating func receiveProbe(_ frame: ProbeFrame, over transport: PeerRoute.Transport, now: Duration) {
        let peer = frame.sender
        guard mayAnswer(peer, now: now) else { return }
        machines[peer]?[transport].noteReceived(frame.sequence, now: now, timing: configuration.timing)
        noteWay(of: frame, now: now)
        machines[peer]?.decide(now: now, timing: configuration.timing)
        settle(peer, now: now)
        var answer = self.frame(.answer, to: peer, now: now)
        answer.cookie = frame.cookie
        answer.sequence = frame.sequence
        answer.timestamp = frame.timestamp
        emit(answer, to: peer, over: transport, now: now)
    }

    private mutating func receiveAnswer(_ frame: ProbeFrame, over transport: PeerRoute.Transport, now: Duration) {
        let peer = frame.sender
        guard machines[peer]?[transport].answered(frame.cookie, now: now, timing: configuration.timing) == true else {
            return
        }
        for transport in PeerRoute.Transport.allCases {
            machines[peer]?[transport].told = frame.reception(over: transport)
        }
        noteWay(of: frame, now: now)
        machines[peer]?.decide(now: now, timing: configuration.timing)
        settle(peer, now: now)
    }

    /// Where the leader of a relayed pair sends its packets directly, the follower may, too.
    private mutating func noteWay(of frame: ProbeFrame, now: Duration) {
        guard frame.sender < configuration.own, frame.way == .vxlan || frame.way == .wireGuard else { return }
        machines[frame.sender]?.relay.leaderWentDirect()
    }
}
