import Addressing

/// The path to one peer: which of the transports work, and by which way packets go.
///
/// Pure: time comes in, probes and decisions go out. What needs other peers (relays, the common budget of probes) is
/// ``PathTable``'s.
struct PathMachine: Sendable {
    /// By which way packets go.
    enum Way: Sendable, Hashable {
        case none, direct
        case transport(PeerRoute.Transport)
        case relay(PeerID)
    }

    private(set) var record: PeerRecord
    private(set) var eligibility: PathEligibility
    private(set) var way = Way.none
    /// Since when packets go this way.
    private(set) var wayChanged: Duration
    var relay = RelayChoice()
    /// The relay that packets go by is reached, as far as is known, and may be used.
    var isRelayUsable = true
    /// The mesh hears from the peer.
    var isPresent = false
    /// Answers given in the present second, so that nobody makes us send without end.
    var answerCount = 0
    var answerSecond: Int64 = 0
    /// When we last sent a frame of our own over VXLAN.
    var frameSent: Duration?
    /// Until when it counts as a peer that there is traffic with.
    var busyUntil = Duration.zero
    /// When the table looks after this peer next; nil where it does not plan to.
    var wake: Duration?

    private var vxlan: TransportHealth
    private var wireGuard: TransportHealth
    /// How long the preferred transport must have been up before packets return to it.
    private var hold: Duration
    /// Since when another transport has answered while the one in use is silent; nil where none does.
    private var heardElsewhere: Duration?
    /// When packets last returned to the preferred transport.
    private var returned: Duration?
    /// Since when no transport works.
    private(set) var downSince: Duration?
    /// When the relay that packets go by was last known to work.
    private var relayHeard = Duration.zero
    /// Why packets left the way before this one.
    private(set) var departure: String?
    /// Transports over which nothing can be asked.
    private(set) var unprobed: Set<PeerRoute.Transport>
    /// The way that an earlier daemon left, until one is chosen, and until when that counts.
    private var inherited: (route: PeerRoute, until: Duration)?
    /// Of the two of us, we look for a relay.
    private let isLeading: Bool

    /// - Parameter inherited: By which way packets went before we began, and until when that counts.
    init(
        _ configuration: PathConfiguration,
        record: PeerRecord,
        inherited: (route: PeerRoute, until: Duration)? = nil,
        now: Duration
    ) {
        self.record = record
        self.inherited = inherited
        isLeading = configuration.own < record.id
        unprobed = configuration.unprobed
        eligibility = PathEligibility(configuration, peer: record)
        wayChanged = now
        hold = configuration.timing.holdDown
        vxlan = TransportHealth(mtu: Self.search(.vxlan, configuration, record), now: now)
        wireGuard = TransportHealth(mtu: Self.search(.wireGuard, configuration, record), now: now)
        for transport in unprobed { self[transport].trust(now: now) }
        decide(now: now, timing: configuration.timing)
    }

    /// What is known of a transport.
    subscript(_ transport: PeerRoute.Transport) -> TransportHealth {
        get { transport == .vxlan ? vxlan : wireGuard }
        _modify {
            switch transport {
            case .vxlan: yield &vxlan
            case .wireGuard: yield &wireGuard
            }
        }
    }

    /// The transport that packets for the peer go by, where it works: what makes us a relay for others.
    var workingTransport: PeerRoute.Transport? {
        usedTransport.flatMap { self[$0].verdict == .up ? $0 : nil }
    }

    /// The transport that packets for the peer go by, as far as is known: what carries those of a peer behind it.
    var carryingTransport: PeerRoute.Transport? {
        usedTransport.flatMap { self[$0].verdict != .down ? $0 : nil }
    }

    /// The transport that packets for the peer go by, whether it works or not.
    var usedTransport: PeerRoute.Transport? {
        guard case .transport(let used) = way else { return nil }
        return used
    }

    /// The transports that are asked.
    var probed: [PeerRoute.Transport] {
        unprobed.isEmpty ? eligibility.transports : eligibility.transports.filter { !unprobed.contains($0) }
    }

    /// Since when nothing is known to work; nil while something is, or may.
    var silentSince: Duration? {
        switch way {
        case .none, .direct: nil
        case .transport: downSince
        case .relay: downSince.map { max($0, relayHeard) }
        }
    }

    /// No transport of ours gets through, and the peer may be reached through another.
    var wantsRelay: Bool {
        eligibility.allowsRelay && !eligibility.isDirect
            && eligibility.transports.allSatisfy { self[$0].verdict == .down }
    }

    /// Packets stay on a relay that nobody confirms: daemons may be gone whose kernels forward, and what is known not to
    /// work is no better.
    private var keepsRelay: Bool {
        guard case .relay = way else { return false }
        return wantsRelay && isRelayUsable
    }

    /// The peer or we changed.
    mutating func update(_ configuration: PathConfiguration, record: PeerRecord, now: Duration) {
        let old = self.record
        self.record = record
        eligibility = PathEligibility(configuration, peer: record)
        for transport in PeerRoute.Transport.allCases {
            let search = Self.search(transport, configuration, record)
            if search.floor != self[transport].mtu.floor {
                self[transport] = TransportHealth(mtu: search, now: now)
            } else {
                self[transport].setCeiling(search.ceiling, now: now)
            }
        }
        if old.tunnelEndpoint != record.tunnelEndpoint || old.vxlanPort != record.vxlanPort { vxlan.reset(now: now) }
        if old.tunnelEndpoint != record.tunnelEndpoint || old.wireGuardPort != record.wireGuardPort
            || old.wireGuardKey != record.wireGuardKey
        {
            wireGuard.reset(now: now)
        }
        unprobed = configuration.unprobed
        for transport in unprobed { self[transport].trust(now: now) }
        decide(now: now, timing: configuration.timing)
    }

    /// There is traffic by a way that was not asked for a while: it is asked at once.
    mutating func attend(now: Duration, timing: PathTiming) {
        guard case .transport(.vxlan) = way else { return }
        vxlan.attend(now: now, timing: timing)
    }

    /// Everything is in doubt.
    mutating func recheck(now: Duration) {
        for transport in probed { self[transport].recheck(now: now) }
    }

    /// What is sent has no answers that we could have heard.
    mutating func forgetOutstanding() {
        vxlan.forgetOutstanding()
        wireGuard.forgetOutstanding()
    }

    /// Notes what was lost, judges, and decides.
    mutating func advance(now: Duration, timing: PathTiming) {
        for transport in probed { self[transport].advance(now: now, timing: timing) }
        decide(now: now, timing: timing)
    }

    /// When something is next to be done; nil for a peer that is not probed. What is due to be sent does not count: it
    /// waits for the budget.
    func nextDeadline(now: Duration) -> Duration? {
        var next = relay.nextDeadline
        for transport in probed {
            let health = self[transport]
            for moment in [health.nextLoss, health.nextSend > now ? health.nextSend : nil] {
                guard let moment else { continue }
                next = min(next ?? moment, moment)
            }
        }
        return next
    }

    // MARK: Deciding

    /// Chooses the way.
    mutating func decide(now: Duration, timing: PathTiming) {
        let isDown = eligibility.transports.allSatisfy { self[$0].verdict == .down }
        downSince = isDown ? downSince ?? now : nil
        heardElsewhere = isHeardElsewhere ? heardElsewhere ?? now : nil
        go(next(now: now, timing: timing), now: now, timing: timing)
        // A relay that is confirmed is a way that works.
        if case .relay = way, relay.confirmed(now: now, timing: timing) != nil { relayHeard = now }
        boost(now: now, timing: timing)
    }

    private mutating func next(now: Duration, timing: PathTiming) -> Way {
        if eligibility.isDirect { return .direct }
        if case .none = way, let way = takeInherited(now: now) { return way }
        let confirmed = relay.confirmed(now: now, timing: timing)
        guard let preferred = eligibility.transports.first else {
            guard wantsRelay else { return .none }
            return confirmed.map { .relay($0) } ?? (keepsRelay ? way : .none)
        }
        switch way {
        case .none, .direct:
            return .transport(preferred)
        case .transport(let used):
            guard eligibility.transports.contains(used) else { return .transport(preferred) }
            if self[used].verdict == .down {
                if let other = eligibility.transports.first(where: {
                    $0 != used && takesOver($0, from: used, now, timing)
                }) {
                    return .transport(other)
                }
                if wantsRelay, let confirmed { return .relay(confirmed) }
            }
            if used != preferred, self[preferred].verdict == .up, now - self[preferred].since >= hold {
                return .transport(preferred)
            }
            return way
        case .relay:
            let working = eligibility.transports.first { self[$0].verdict == .up }
            guard let confirmed else {
                if let working { return .transport(working) }
                return keepsRelay ? way : .transport(preferred)
            }
            if let working, relay.mayLeave(since: self[working].since, now: now, timing: timing) {
                return .transport(working)
            }
            return .relay(confirmed)
        }
    }

    /// The way that an earlier daemon left, if it may still be used; once.
    private mutating func takeInherited(now: Duration) -> Way? {
        guard let (route, until) = inherited else { return nil }
        guard now < until else {
            inherited = nil
            return nil
        }
        switch route {
        case .vxlan(let mtu): return takeInherited(.vxlan, mtu)
        case .wireGuard(let mtu): return takeInherited(.wireGuard, mtu)
        case .relay(let peer, over: _, let mtu):
            guard eligibility.allowsRelay, peer != record.id else { return nil }
            inherited = nil
            relay.inherit(peer, mtu: mtu, isLeading: isLeading, now: now)
            return .relay(peer)
        case .direct, .unreachable: return nil
        }
    }

    private mutating func takeInherited(_ transport: PeerRoute.Transport, _ mtu: UInt32) -> Way? {
        // It may become eligible when more is heard of the peer.
        guard eligibility.transports.contains(transport) else { return nil }
        inherited = nil
        self[transport].inherit(mtu: mtu)
        return .transport(transport)
    }

    /// Whether `other` works while `used` does not.
    ///
    /// It must have answered for a while since `used` fell silent: where all transports fall silent together, the peer's
    /// daemon may be gone, while its kernel goes on forwarding, and nothing is to be gained by a move. One that has just
    /// been heard of proves nothing either: the daemon may have come back, and `used` will in a moment.
    private func takesOver(
        _ other: PeerRoute.Transport,
        from used: PeerRoute.Transport,
        _ now: Duration,
        _ timing: PathTiming
    ) -> Bool {
        guard self[other].verdict == .up, now - self[other].since >= timing.silence else { return false }
        // Answered again, and down: it will be up in a moment, or takes no packets of any use.
        guard self[used].firstLost != nil else { return self[used].mtu.isUseless }
        return heardElsewhere.map { now - $0 >= timing.proof } ?? false
    }

    /// Another transport answers what is asked since the one in use fell silent, and has not fallen silent itself.
    private var isHeardElsewhere: Bool {
        guard let used = usedTransport, let lost = self[used].firstLost?.sentAt else { return false }
        return eligibility.transports.contains { other in
            guard other != used, self[other].verdict == .up else { return false }
            let losses = self[other].losses
            return losses.lostInRow < losses.requiredRun(atLeast: 4)
                && self[other].lastAnswered.map { $0 >= lost } ?? false
        }
    }

    private mutating func go(_ next: Way, now: Duration, timing: PathTiming) {
        guard next != way else { return }
        let preferred = eligibility.transports.first.map(Way.transport)
        if way == preferred {
            departure = departureReason()
            // Failing again soon after a return is flapping.
            let isFlapping = returned.map { now - $0 < hold * 4 } ?? false
            hold = isFlapping ? min(hold * 2, timing.maximumHoldDown) : timing.holdDown
        } else if next == preferred {
            returned = eligibility.transports.first.map { self[$0].verdict == .up } == true ? now : nil
            departure = nil
        }
        if case .relay(let used) = next {
            isRelayUsable = true
            relay.use(used, now: now)
        } else if case .relay = way {
            relay.clear()
        }
        way = next
        wayChanged = now
        for transport in PeerRoute.Transport.allCases {
            self[transport].setActive(next == .transport(transport), now: now)
        }
    }

    /// While the way in use is in doubt, the others are asked as often; and where another one has just been heard of
    /// again, so is the one in use, since what came back may be the peer's daemon.
    private mutating func boost(now: Duration, timing: PathTiming) {
        var isDoubtful = false
        var mayBeBack = false
        var used: PeerRoute.Transport?
        if case .transport(let transport) = way {
            used = transport
            isDoubtful = self[transport].losses.lostInRow >= 2 && self[transport].verdict == .up
            let isHeardAgain = heardElsewhere.map { now - $0 < timing.proof } ?? false
            mayBeBack =
                self[transport].verdict == .down
                && (isHeardAgain
                    || eligibility.transports.contains {
                        $0 != transport && self[$0].verdict == .up && now - self[$0].since < timing.silence
                    })
        }
        for transport in probed {
            let isBoosted = transport == used ? mayBeBack : isDoubtful
            guard isBoosted != self[transport].isBoosted else { continue }
            self[transport].isBoosted = isBoosted
            if isBoosted { self[transport].hasten(now: now, timing: timing, full: true) }
        }
    }

    private static func search(
        _ transport: PeerRoute.Transport,
        _ configuration: PathConfiguration,
        _ record: PeerRecord
    ) -> MTUSearch {
        let family = record.tunnelEndpoint?.family ?? configuration.tunnelEndpoint?.family ?? .ipv4
        // A peer that does not say is taken for a usual one.
        let theirs = record.underlayMTU == 0 ? 1500 : record.underlayMTU
        let underlay = min(configuration.underlayMTU, theirs)
        return MTUSearch(
            floor: configuration.families == [.ipv6] ? 1280 : 576,
            ceiling: transport.podMTU(underlay: family, underlayMTU: underlay)
        )
    }
}
