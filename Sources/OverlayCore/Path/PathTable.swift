/// The paths to all peers: which way packets go, found out by probes inside the tunnels.
///
/// Pure: ``handle(_:now:)`` takes what happened and returns what is to be done. A moment is a duration since an
/// arbitrary start, which never goes back.
public struct PathTable: Sendable {
    /// What we are and want.
    public private(set) var configuration: PathConfiguration
    /// By which way packets for each peer go.
    public private(set) var routes: [PeerID: PeerRoute] = [:]

    var machines: [PeerID: PathMachine] = [:]
    /// What is to be done; emptied by ``handle(_:now:)``.
    var outputs: [PathOutput] = []
    var cookies: CookieSource
    /// Of all probes.
    var budget: ProbeBudget
    /// Of the search for relays, which must not use up what probes need.
    var queryBudget: ProbeBudget
    /// Who could be a relay for anyone, the nearest first, and when that was worked out.
    var helpers: [PeerID] = []
    var helpersAt: Duration?
    private var random: SplitMix64
    private var queue = DeadlineQueue()
    /// Peers whose probes wait for the budget, in order: those that serve a decision, and the others.
    private var urgent = WaitingLine()
    private var patient = WaitingLine()
    /// Whom the two lines hold.
    private var waiting: Set<PeerID> = []
    /// Peers behind a relay: their routes follow the relay's.
    private var relayed: Set<PeerID> = []
    private var promised: Duration?
    /// With how many peers there is traffic.
    var busyCount = 0
    /// By which way packets went before we began, and until when that counts.
    private var inherited: (routes: [PeerID: PeerRoute], until: Duration) = ([:], .zero)

    /// No peers yet.
    public init(configuration: PathConfiguration, seed: UInt64, now: Duration) {
        self.configuration = configuration
        cookies = CookieSource(seed: seed)
        random = SplitMix64(seed: ~seed)
        budget = ProbeBudget(perSecond: configuration.timing.probesPerSecond, now: now)
        queryBudget = ProbeBudget(perSecond: 20, now: now)
    }

    /// When ``PathInput/tick`` is next due; nil with no peers.
    public var nextDeadline: Duration? { promised }

    /// The path to a peer, for people.
    public func status(of peer: PeerID) -> PathStatus? {
        machines[peer].map { $0.status(route: routes[peer] ?? .unreachable) }
    }

    /// The paths to all peers, for people.
    public var statuses: [PeerID: PathStatus] {
        Dictionary(uniqueKeysWithValues: machines.map { ($0, $1.status(route: routes[$0] ?? .unreachable)) })
    }

    /// Takes what happened; returns what is to be done, in order.
    public mutating func handle(_ input: PathInput, now: Duration) -> [PathOutput] {
        outputs.removeAll(keepingCapacity: true)
        // We did not run for a while, so that answers came that we did not hear: they do not count as lost.
        if let promised, now - promised > .seconds(1) {
            for peer in Array(machines.keys) { machines[peer]?.forgetOutstanding() }
        }
        switch input {
        case .tick: break
        case .inherit(let routes): inherited = (routes, now + configuration.timing.inheritance)
        case .unprobed(let transport):
            var configuration = configuration
            configuration.unprobed.insert(transport)
            adopt(configuration, now: now)
        case .peers(let records): replace(records, now: now)
        case .peer(let record): update(record, now: now)
        case .configuration(let configuration): adopt(configuration, now: now)
        case .present(let present):
            for peer in Array(machines.keys) { machines[peer]?.isPresent = present.contains(peer) }
        case .received(let frame, let source): receive(frame, from: source, now: now)
        case .used(let ages): note(ages, now: now)
        case .tooLarge(let peer, let transport, let byteCount):
            machines[peer]?[transport].refused(byteCount, now: now)
            settle(peer, now: now)
        case .recheck(let peer):
            for peer in peer.map({ [$0] }) ?? Array(machines.keys) {
                machines[peer]?.recheck(now: now)
                settle(peer, now: now)
            }
        }
        run(now: now)
        return outputs
    }

    // MARK: Members

    private mutating func replace(_ records: [PeerID: PeerRecord], now: Duration) {
        for peer in Array(machines.keys) where records[peer].map({ $0.isRemoved }) ?? true { remove(peer) }
        for record in records.values { update(record, now: now) }
    }

    private mutating func update(_ record: PeerRecord, now: Duration) {
        guard record.id != configuration.own else { return }
        guard !record.isRemoved else { return remove(record.id) }
        if let known = machines[record.id] {
            guard known.record != record else { return }
            machines[record.id]?.update(configuration, record: record, now: now)
        } else {
            let route = inherited.routes.removeValue(forKey: record.id)
            machines[record.id] = PathMachine(
                configuration,
                record: record,
                inherited: route.map { ($0, inherited.until) },
                now: now
            )
        }
        settle(record.id, now: now)
    }

    private mutating func remove(_ peer: PeerID) {
        machines[peer] = nil
        routes[peer] = nil
        relayed.remove(peer)
        waiting.remove(peer)
    }

    private mutating func adopt(_ configuration: PathConfiguration, now: Duration) {
        var configuration = configuration
        configuration.unprobed.formUnion(self.configuration.unprobed)
        guard configuration != self.configuration else { return }
        if configuration.timing.probesPerSecond != self.configuration.timing.probesPerSecond {
            budget = ProbeBudget(perSecond: configuration.timing.probesPerSecond, now: now)
        }
        let isElsewhere = configuration.tunnelEndpoint != self.configuration.tunnelEndpoint
        self.configuration = configuration
        for (peer, machine) in machines {
            machines[peer]?.update(configuration, record: machine.record, now: now)
            if isElsewhere { machines[peer]?.recheck(now: now) }
            settle(peer, now: now)
        }
    }

    // MARK: Time

    /// Does what is due, and works out when something is next.
    private mutating func run(now: Duration) {
        while let (at, peer) = queue.removeFirst(until: now) {
            // Planned anew since, or gone.
            guard machines[peer]?.wake == at else { continue }
            machines[peer]?.wake = nil
            machines[peer]?.advance(now: now, timing: configuration.timing)
            settle(peer, now: now)
        }
        let refill = serveLines(now: now)
        promised = [queue.first, refill].compactMap { $0 }.min()
    }

    /// Puts down what changed about a peer: its route, its place in the queue, its probes.
    mutating func settle(_ peer: PeerID, now: Duration) {
        reviewRelay(of: peer, now: now)
        guard let machine = machines[peer] else { return }
        publish(peer, machine, now: now)
        advanceRelay(peer, now: now)
        enqueue(peer, now: now)
    }

    private mutating func publish(_ peer: PeerID, _ machine: PathMachine, now: Duration) {
        let route = route(to: machine, now: now)
        if case .relay = machine.way { relayed.insert(peer) } else { relayed.remove(peer) }
        guard routes[peer] != route else { return }
        routes[peer] = route
        outputs.append(.route(peer, route))
        for other in relayed where other != peer {
            guard let machine = machines[other], machine.way == .relay(peer) else { continue }
            publish(other, machine, now: now)
        }
    }

    private func route(to machine: PathMachine, now: Duration) -> PeerRoute {
        if machine.isPresent, let since = machine.silentSince, now - since >= configuration.timing.refusalDelay {
            return .unreachable
        }
        switch machine.way {
        case .none:
            return .unreachable
        case .direct:
            return .direct
        case .transport(let transport):
            let mtu = machine[transport].mtu.current
            return transport == .vxlan ? .vxlan(mtu: mtu) : .wireGuard(mtu: mtu)
        case .relay(let relay):
            guard keepsSecrets(relay, machine), let near = machines[relay], let transport = near.usedTransport
            else { return .unreachable }
            let mtu = min(near[transport].mtu.current, machine.relay.usedMTU)
            return .relay(relay, over: transport, mtu: mtu)
        }
    }

    private mutating func enqueue(_ peer: PeerID, now: Duration) {
        guard let machine = machines[peer] else { return }
        let due = machine.probed.filter { machine[$0].nextSend <= now }
        if !due.isEmpty, waiting.insert(peer).inserted {
            let isUrgent = due.contains { machine[$0].isUrgent(configuration.timing, now: now) }
            if isUrgent { urgent.append(peer) } else { patient.append(peer) }
        }
        guard let next = machine.nextDeadline(now: now) else { return }
        // Never at once again: each turn of the loop must come closer to its end.
        let wake = max(next, now + .milliseconds(1))
        guard machine.wake.map({ wake < $0 }) ?? true else { return }
        machines[peer]?.wake = wake
        queue.insert(peer, at: wake)
    }

    /// Sends for those who wait, as far as the budget goes: the two lines by turns. Returns when it goes on.
    private mutating func serveLines(now: Duration) -> Duration? {
        var isUrgentTurn = true
        while true {
            let fromUrgent = isUrgentTurn ? !urgent.isEmpty : patient.isEmpty && !urgent.isEmpty
            guard let peer = fromUrgent ? urgent.first : patient.first else { return nil }
            if let refill = send(to: peer, now: now) { return refill }
            if fromUrgent { urgent.removeFirst() } else { patient.removeFirst() }
            waiting.remove(peer)
            enqueue(peer, now: now)
            isUrgentTurn.toggle()
        }
    }

    /// Sends the probes that are due to a peer; returns when there will be budget for them where there is none.
    private mutating func send(to peer: PeerID, now: Duration) -> Duration? {
        guard let machine = machines[peer] else { return nil }
        let pace = pace(isBusy: machine.busyUntil > now)
        for transport in machine.probed {
            let sizes = machine[transport].due(now: now)
            guard !sizes.isEmpty else { continue }
            guard budget.take(sizes.count, now: now) else { return budget.refill(of: sizes.count, now: now) }
            let probes = sizes.map { (size: $0, cookie: cookies.next()) }
            let first = machine[transport].sequence
            machines[peer]?[transport].sent(
                probes,
                now: now,
                timing: configuration.timing,
                pace: pace,
                jitter: Double.random(in: 0.8...1.2, using: &random)
            )
            for (offset, probe) in probes.enumerated() {
                var frame = frame(.probe, to: peer, now: now)
                frame.cookie = probe.cookie
                frame.sequence = first &+ UInt32(offset) &+ 1
                emit(frame, to: peer, over: transport, byteCount: probe.size, now: now)
            }
        }
        return nil
    }

    /// Has a frame sent.
    mutating func emit(
        _ frame: ProbeFrame,
        to peer: PeerID,
        over transport: PeerRoute.Transport,
        byteCount: UInt32? = nil,
        now: Duration
    ) {
        if transport == .vxlan { machines[peer]?.frameSent = now }
        outputs.append(.send(frame, to: peer, over: transport, byteCount: byteCount))
    }

    /// A frame of ours for a peer, with what every frame tells.
    func frame(_ kind: ProbeFrame.Kind, to peer: PeerID, now: Duration) -> ProbeFrame {
        var frame = ProbeFrame(kind: kind, sender: configuration.own, target: peer)
        let (seconds, attoseconds) = now.components
        frame.timestamp = UInt64(clamping: seconds) &* 1_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000_000)
        guard let machine = machines[peer] else { return frame }
        frame.overVXLAN = machine[.vxlan].received
        frame.overWireGuard = machine[.wireGuard].received
        frame.way =
            switch machine.way {
            case .none: .none
            case .direct: .direct
            case .transport(.vxlan): .vxlan
            case .transport(.wireGuard): .wireGuard
            case .relay: .relay
            }
        return frame
    }
}

/// Peers in order of arrival.
private struct WaitingLine: Sendable {
    private var peers: [PeerID] = []
    private var start = 0

    var isEmpty: Bool { start == peers.count }
    var first: PeerID? { isEmpty ? nil : peers[start] }

    mutating func append(_ peer: PeerID) { peers.append(peer) }

    mutating func removeFirst() {
        start += 1
        // Each peer is moved once at most for each time that it waits.
        if start * 2 >= peers.count {
            peers.removeFirst(start)
            start = 0
        }
    }
}
