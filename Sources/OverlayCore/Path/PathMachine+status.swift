extension PathMachine {
    /// How the path does.
    var state: PathState {
        switch way {
        case .none:
            return eligibility.transports.isEmpty ? .down : .unknown
        case .direct:
            return .established(.direct)
        case .relay(let relay):
            return .relayed(relay)
        case .transport(let used):
            let health = self[used]
            switch health.verdict {
            case .unknown:
                return health.sequence == 0 ? .unknown : .probing
            case .down:
                return .down
            case .up:
                guard used == eligibility.transports.first else { return .fallback(used) }
                let mtu = health.mtu.current
                guard mtu == health.mtu.ceiling else { return .degraded(used, mtu: mtu) }
                return .established(used == .vxlan ? .vxlan(mtu: mtu) : .wireGuard(mtu: mtu))
            }
        }
    }

    /// Why packets go as they do.
    var reason: String {
        switch state {
        case .unknown:
            return "not probed yet"
        case .probing:
            return "waiting for answers"
        case .established(.direct):
            return eligibility.reason
        case .established(let route):
            if let transport = route.transport, unprobed.contains(transport) {
                return "\(transport) cannot be probed, and is taken to work"
            }
            return eligibility.policy == .off ? "all sizes pass" : "all sizes pass; \(eligibility.reason)"
        case .degraded(let transport, let mtu):
            let less = self[transport].mtu.ceiling - mtu
            return "\(transport) loses packets of more than \(mtu) bytes, \(less) less than its devices take"
        case .fallback:
            guard let preferred = eligibility.transports.first else { return eligibility.reason }
            if self[preferred].verdict == .up { return "\(preferred) works again, and must for a while" }
            return explain(preferred)
        case .relayed:
            return eligibility.transports.isEmpty
                ? eligibility.reason : eligibility.transports.map(explain).joined(separator: "; ")
        case .down:
            return eligibility.transports.isEmpty
                ? eligibility.reason : eligibility.transports.map(explain).joined(separator: "; ")
        }
    }

    /// What is wrong with a transport.
    func explain(_ transport: PeerRoute.Transport) -> String {
        let health = self[transport]
        if health.mtu.isUseless { return "\(transport): not even packets of \(health.mtu.floor) bytes pass" }
        guard let lost = health.firstLost else { return "\(transport): no answer yet" }
        // What was under way when the first one was lost proves nothing.
        if let told = health.told, told.count > 0, Int32(bitPattern: told.lastSequence &- lost.sequence) >= 3 {
            return "\(transport): our packets arrive, the answers are lost"
        }
        if let receivedAt = health.receivedAt, receivedAt > lost.sentAt + .milliseconds(300) {
            return "\(transport): the peer's packets arrive, ours are lost"
        }
        return "\(transport): nothing gets through"
    }

    /// Why packets leave the way they go.
    func departureReason() -> String? {
        guard case .transport(let used) = way, eligibility.transports.contains(used) else { return nil }
        return explain(used)
    }

    /// The path, for people.
    func status(route: PeerRoute) -> PathStatus {
        PathStatus(
            state: state,
            route: route,
            reason: reason,
            since: wayChanged,
            transports: eligibility.transports.map { transport in
                let health = self[transport]
                let verdict =
                    switch health.verdict {
                    case .unknown: "unknown"
                    case .up: "up"
                    case .down: "down"
                    }
                return PathStatus.Transport(
                    transport: transport,
                    verdict: verdict,
                    roundTrip: health.roundTrip,
                    loss: health.losses.loss,
                    mtu: health.mtu.current
                )
            }
        )
    }
}
