extension MeshCore {
    /// Where a place lies in ``dials``.
    func dialIndex(of address: PeerAddress) -> Int? { dials.firstIndex { $0.address == address } }

    /// The place that a connection was dialled at.
    func dialIndex(of connection: MeshConnection) -> Int? {
        guard connection.isOutbound, let index = dialIndex(of: connection.remote) else { return nil }
        return dials[index].state == .connected(connection.id) ? index : nil
    }

    /// Where a place lies in ``dials``, now at the latest.
    mutating func dialIndex(adding address: PeerAddress, now: Duration) -> Int {
        if let index = dialIndex(of: address) { return index }
        let index = dials.firstIndex { $0.address > address } ?? dials.endIndex
        let dial = MeshDial(
            address: address,
            isTarget: false,
            backoff: configuration.minimumBackoff,
            wantedAt: now
        )
        dials.insert(dial, at: index)
        return index
    }

    /// The user names places.
    mutating func connect(_ addresses: [PeerAddress], replace: Bool, now: Duration) {
        if replace {
            for index in dials.indices where !addresses.contains(dials[index].address) { dials[index].isTarget = false }
        }
        for address in addresses {
            let index = dialIndex(adding: address, now: now)
            dials[index].isTarget = true
            dials[index].isSelf = false
            if case .waiting = dials[index].state { dials[index].state = .idle }
            dials[index].backoff = configuration.minimumBackoff
        }
        maintainSoon(now)
    }

    /// The user takes places back.
    mutating func forget(_ addresses: [PeerAddress]) {
        for index in dials.indices where addresses.contains(dials[index].address) { dials[index].isTarget = false }
    }

    /// A place did not answer.
    mutating func dialFailed(_ address: PeerAddress, reason: String, now: Duration) {
        guard let index = dialIndex(of: address), case .dialling = dials[index].state else { return }
        dials[index].isAnswering = false
        fail(index, reason: reason, now: now)
        maintainSoon(now)
    }

    /// A place is left alone for a while, each time for longer.
    mutating func fail(_ index: Int, reason: String, now: Duration) {
        let pause = dials[index].backoff
        dials[index].state = .waiting(until: now + generator.jittered(pause, 750...1250))
        dials[index].backoff = min(pause + pause / 2, configuration.maximumBackoff)
        dials[index].failures += 1
        dials[index].reason = reason
    }

    /// Dials a place unless it is connected, being dialled, or left alone.
    mutating func dial(_ index: Int, now: Duration) {
        dials[index].wantedAt = now
        switch dials[index].state {
        case .dialling, .connected: return
        case .waiting(let until) where until > now: return maintainSoon(until)
        case .idle, .waiting: break
        }
        counters.dials += 1
        dials[index].state = .dialling(since: now)
        outputs.append(.dial(dials[index].address))
    }

    /// Dials what the user named, gives up what takes too long, and forgets what nobody wants any more.
    mutating func maintainDials(now: Duration) {
        for index in dials.indices {
            if case .dialling(let since) = dials[index].state {
                let limit = since + .seconds(30)
                if limit <= now { fail(index, reason: "no answer", now: now) } else { maintainSoon(limit) }
            }
            guard dials[index].isTarget, !dials[index].isSelf else { continue }
            if let peer = dials[index].peer, established[peer] != nil { continue }
            dial(index, now: now)
        }
        dials.removeAll { dial in
            switch dial.state {
            case .idle, .waiting: !dial.isTarget && now - dial.wantedAt > .seconds(120)
            case .dialling, .connected: false
            }
        }
    }

    /// What came of the wish to be connected with a peer.
    enum Attempt: Sendable, Hashable {
        /// It is connected, or being dialled.
        case going
        /// It did not answer, or has no address.
        case failing
        /// It answered, but for now has no room for us, or does not want us.
        case declined
    }

    /// Dials a peer at the first of its addresses that is not left alone for now.
    mutating func attempt(_ entry: ReplicatedEntry, now: Duration) -> Attempt {
        guard let record = entry.storage.record else { return .failing }
        if established[record.id] != nil { return .going }
        guard record.meshPort != 0 else { return .failing }
        let addresses = record.endpoints.prefix(4).map { PeerAddress(address: $0, port: record.meshPort) }
        var failure = Attempt.failing
        let outcome = { (dial: MeshDial) -> Attempt in
            dial.failures < 2 ? .going : dial.isAnswering ? .declined : .failing
        }
        // While one address is tried, the others wait.
        for address in addresses {
            guard let index = dialIndex(of: address), case .dialling = dials[index].state else { continue }
            dials[index].wantedAt = now
            return outcome(dials[index])
        }
        for address in addresses {
            let index = dialIndex(adding: address, now: now)
            guard !dials[index].isSelf else { continue }
            // Another peer has the address now, and is connected: whom we look for is not there.
            if let other = dials[index].answeredBy, other != record.id, established[other] != nil { continue }
            if case .connected(let id) = dials[index].state {
                dials[index].wantedAt = now
                // Not introduced yet, or another peer is there now.
                if let place = self.index(of: id), links[place].peer == nil { return .going }
                continue
            }
            dial(index, now: now)
            if case .dialling = dials[index].state {
                dials[index].peer = record.id
                return outcome(dials[index])
            }
            if dials[index].isAnswering { failure = .declined }
        }
        return failure
    }

    /// A peer has something new to say of itself: it is dialled at once, if it is to be dialled at all.
    mutating func endPauses(of peer: PeerID, now: Duration) {
        for index in dials.indices where dials[index].peer == peer {
            guard case .waiting = dials[index].state else { continue }
            dials[index].state = .idle
            dials[index].backoff = configuration.minimumBackoff
            maintainSoon(now)
        }
    }
}
