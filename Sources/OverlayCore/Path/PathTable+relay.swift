/// Relays: a third peer that reaches the peer which we do not.
extension PathTable {
    /// How many peers are asked at once whether they could be a relay.
    private static var questionsAtOnce: Int { 8 }

    /// Asks and chooses where we lead and need a relay.
    mutating func advanceRelay(_ peer: PeerID, now: Duration) {
        guard configuration.own < peer, let machine = machines[peer] else { return }
        var isNeeded = machine.wantsRelay
        if case .relay = machine.way { isNeeded = true }
        guard isNeeded else {
            if machine.relay.nextDeadline != nil { machines[peer]?.relay.clear() }
            return
        }
        machines[peer]?.relay.begin(now: now)
        guard let due = machines[peer]?.relay.nextDeadline, due <= now else { return }
        switch machines[peer]?.relay.step(now: now, timing: configuration.timing) ?? .none {
        case .none:
            break
        case .query:
            for relay in candidates(for: machine, now: now) {
                guard queryBudget.take(1, now: now) else { break }
                ask(relay, .relayQuery, about: peer, now: now)
            }
            machines[peer]?.relay.turn(by: Self.questionsAtOnce)
        case .use(let relay):
            guard budget.take(1, now: now) else { break }
            ask(relay, .relayUse, about: peer, now: now)
        }
    }

    /// The next ones of the peers that might help, the nearest first, in a round.
    private mutating func candidates(for machine: PathMachine, now: Duration) -> [PeerID] {
        // Many peers may be looking at once: who can help at all is worked out for all of them together.
        if helpersAt.map({ now - $0 >= .milliseconds(500) }) ?? true {
            helpersAt = now
            helpers = machines.filter { $0.value.workingTransport != nil }
                .map { (roundTrip: roundTrip(to: $0.value), peer: $0.key) }
                .sorted { ($0.roundTrip, $0.peer) < ($1.roundTrip, $1.peer) }
                .map(\.peer)
        }
        guard !helpers.isEmpty else { return [] }
        return (0..<min(Self.questionsAtOnce, helpers.count))
            .map { helpers[(machine.relay.asked + $0) % helpers.count] }
            .filter { mayRelay($0, machine) }
    }

    /// Whether packets for a peer may go through `relay`: we reach it, and it keeps secrets.
    private func mayRelay(_ relay: PeerID, _ machine: PathMachine) -> Bool {
        guard relay != machine.record.id, let near = machines[relay] else { return false }
        // What we were left with is believed until it proves wrong: the other end still uses it.
        guard near.workingTransport != nil || machine.way == .relay(relay) && near.carryingTransport != nil else {
            return false
        }
        return keepsSecrets(relay, machine)
    }

    /// Whether nothing that must be encrypted would leave `relay`, or this host for it, in plain text.
    func keepsSecrets(_ relay: PeerID, _ machine: PathMachine) -> Bool {
        guard machine.eligibility.policy == .require else { return true }
        guard let near = machines[relay], near.eligibility.policy == .require else { return false }
        return max(near.record.encryption, machine.record.encryption) == .require
    }

    /// Looks whether the relay that packets for a peer go by is still there and allowed. One whose daemon is silent may
    /// forward.
    mutating func reviewRelay(of peer: PeerID, now: Duration) {
        guard let machine = machines[peer], case .relay(let relay) = machine.way else { return }
        let isKnown = machines[relay] != nil
        let keepsSecrets = keepsSecrets(relay, machine)
        let isUsable = keepsSecrets && machines[relay]?.usedTransport != nil
        guard isUsable != machine.isRelayUsable || isKnown && !keepsSecrets else { return }
        machines[peer]?.isRelayUsable = isUsable
        if isKnown, !keepsSecrets { machines[peer]?.relay.reject(relay, now: now) }
        machines[peer]?.decide(now: now, timing: configuration.timing)
    }

    private func roundTrip(to machine: PathMachine) -> Duration {
        machine.workingTransport.flatMap { machine[$0].roundTrip } ?? .seconds(10)
    }

    private mutating func ask(_ relay: PeerID, _ kind: ProbeFrame.Kind, about peer: PeerID, now: Duration) {
        guard let transport = machines[relay]?.workingTransport else { return }
        let cookie = cookies.next()
        machines[peer]?.relay.sent(cookie, to: relay, now: now)
        // A query is for the relay, about the peer; a use is for the peer, by way of the relay.
        var frame = frame(kind, to: kind == .relayQuery ? relay : peer, now: now)
        frame.subject = kind == .relayQuery ? peer : relay
        frame.cookie = cookie
        emit(frame, to: relay, over: transport, now: now)
    }

    // MARK: As the relay

    /// What we tell of a peer that others ask us about.
    private func offer(_ peer: PeerID) -> (mtu: UInt32, roundTrip: Duration)? {
        guard let machine = machines[peer], let transport = machine.workingTransport else { return nil }
        return (machine[transport].mtu.current, roundTrip(to: machine))
    }

    mutating func receiveRelayQuery(_ frame: ProbeFrame, over transport: PeerRoute.Transport, now: Duration) {
        guard mayAnswer(frame.sender, now: now) else { return }
        var answer = self.frame(.relayAnswer, to: frame.sender, now: now)
        answer.subject = frame.subject
        answer.cookie = frame.cookie
        if let offer = offer(frame.subject) {
            answer.isAgreed = true
            answer.mtu = offer.mtu
            answer.roundTripMicroseconds = UInt32(clamping: Int64(offer.roundTrip / .microseconds(1)))
        }
        emit(answer, to: frame.sender, over: transport, now: now)
    }

    /// Passes on what two peers agree about us as their relay, with what we know of the side that it comes from.
    mutating func forward(_ frame: ProbeFrame, from source: ProbeSource, now: Duration) {
        guard frame.kind == .relayUse || frame.kind == .relayUsed, frame.subject == configuration.own,
            isFrom(frame.sender, source), frame.sender != frame.target, mayAnswer(frame.sender, now: now)
        else { return }
        guard let near = offer(frame.sender), let transport = machines[frame.target]?.workingTransport else {
            guard frame.kind == .relayUse else { return }
            // We have just begun, and may have passed on packets all the time: the answer is for later.
            let ends = [machines[frame.sender], machines[frame.target]].compactMap(\.self)
            if ends.count == 2, ends.allSatisfy({ $0.carryingTransport != nil }) { return }
            // We do not reach it: the leader need not wait.
            var answer = self.frame(.relayAnswer, to: frame.sender, now: now)
            answer.subject = frame.target
            answer.cookie = frame.cookie
            emit(answer, to: frame.sender, over: source.transport, now: now)
            return
        }
        var forwarded = frame
        forwarded.mtu = near.mtu
        emit(forwarded, to: frame.target, over: transport, now: now)
    }

    // MARK: At the ends

    mutating func receiveRelayAnswer(_ frame: ProbeFrame, over transport: PeerRoute.Transport, now: Duration) {
        guard let sent = machines[frame.subject]?.relay.take(frame.cookie, from: frame.sender) else { return }
        if frame.isAgreed {
            let far = Duration.microseconds(Int64(frame.roundTripMicroseconds))
            machines[frame.subject]?.relay.offered(
                by: frame.sender,
                .init(mtu: frame.mtu, roundTrip: now - sent + far, at: now)
            )
        } else {
            machines[frame.subject]?.relay.reject(frame.sender, now: now)
            machines[frame.subject]?.decide(now: now, timing: configuration.timing)
        }
        settle(frame.subject, now: now)
    }

    /// The leader asks us to use a relay.
    mutating func receiveRelayUse(_ frame: ProbeFrame, over transport: PeerRoute.Transport, now: Duration) {
        let (leader, relay) = (frame.sender, frame.subject)
        guard leader < configuration.own, let machine = machines[leader], mayAnswer(leader, now: now) else { return }
        var isAgreed = mayRelay(relay, machine)
        if case .relay = machine.way {} else { isAgreed = isAgreed && machine.wantsRelay }
        if isAgreed {
            machines[leader]?.relay.follow(relay, mtu: frame.mtu, isLeaderUsing: frame.way == .relay, now: now)
            machines[leader]?.decide(now: now, timing: configuration.timing)
        }
        var answer = self.frame(.relayUsed, to: leader, now: now)
        answer.subject = relay
        answer.cookie = frame.cookie
        answer.isAgreed = isAgreed
        emit(answer, to: relay, over: transport, now: now)
        settle(leader, now: now)
    }

    /// The other end says whether it uses the relay.
    mutating func receiveRelayUsed(_ frame: ProbeFrame, now: Duration) {
        guard machines[frame.sender]?.relay.take(frame.cookie, from: frame.subject) != nil else { return }
        if frame.isAgreed, machines[frame.sender]?.relay.candidate == frame.subject {
            machines[frame.sender]?.relay.agreed(mtu: frame.mtu, now: now, timing: configuration.timing)
        } else {
            machines[frame.sender]?.relay.reject(frame.subject, now: now)
        }
        machines[frame.sender]?.decide(now: now, timing: configuration.timing)
        settle(frame.sender, now: now)
    }
}
