internal import Addressing

extension MeshCore {
    /// Where a connection lies in ``links``.
    func index(of id: ConnectionID) -> Int? {
        var range = links.startIndex..<links.endIndex
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            let candidate = links[middle].id
            if candidate == id { return middle }
            range = candidate < id ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// A connection is up: both sides introduce themselves at once.
    mutating func open(_ id: ConnectionID, isOutbound: Bool, remote: PeerAddress, now: Duration) {
        guard index(of: id) == nil else { return }
        let place = links.firstIndex { $0.id > id } ?? links.endIndex
        links.insert(
            MeshConnection(id: id, isOutbound: isOutbound, remote: remote, openedAt: now, lastHeard: now),
            at: place
        )
        if isOutbound {
            let dial = dialIndex(adding: remote, now: now)
            dials[dial].state = .connected(id)
        }
        let hello = MeshHello(
            protocolVersions: configuration.protocolVersions,
            cluster: configuration.cluster,
            ranges: Self.text(of: configuration.ranges),
            capabilities: configuration.capabilities,
            own: ownEntry
        )
        outputs.append(.send(id, .hello(hello)))
    }

    /// The other side has introduced itself.
    mutating func introduce(_ hello: MeshHello, on index: Int, now: Duration) {
        guard links[index].peer == nil else {
            return closeMalformed(index, "it introduced itself twice", now: now)
        }
        if let dial = dialIndex(of: links[index]) {
            let id = PeerID(bytes: hello.own.key.name)
            dials[dial].isAnswering = dials[dial].peer == nil || dials[dial].peer == id
            dials[dial].answeredBy = id
        }
        if let refusal = refusal(of: hello) { return refuse(index, refusal, now: now) }
        guard hello.own.isWellFormed, let record = hello.own.peerRecord, !record.isRemoved else {
            return closeMalformed(index, "it introduced itself with a record that is none", now: now)
        }
        guard record.id != own.id else { return meetOurselves(record, on: index, now: now) }
        if let stored = store.entry(hello.own.key), stored.isTombstone {
            outputs.append(.send(links[index].id, .entries([stored])))
            let text = "\(record.name) was removed from the cluster (rmpeer); it needs a new identity"
            return refuse(index, MeshRefusal(code: .removed, text: text), now: now)
        }
        if let dial = dialIndex(of: links[index]) { dials[dial].peer = record.id }
        guard let index = resolveDuplicate(record, hello.own, on: index, now: now) else { return }
        let isNewcomer = store.entry(hello.own.key) == nil
        guard let index = makeRoom(for: index, isNewcomer: isNewcomer, now: now) else { return }
        establish(record, entry: hello.own, on: index, now: now)
    }

    private mutating func establish(_ record: PeerRecord, entry: ReplicatedEntry, on index: Int, now: Duration) {
        let bit = freeBits & (~freeBits &+ 1)
        freeBits &= ~bit
        // What nobody has read yet is no longer changed in place: the new reader begins behind it.
        log.seal()
        links[index].bit = bit
        links[index].cursor = log.end
        links[index].peer = MeshConnection.Peer(
            id: record.id,
            hash: entry.storage.hash,
            name: record.name,
            instance: record.instance,
            started: record.started,
            establishedAt: now
        )
        established[record.id] = links[index].id
        outputs.append(.log(.debug, "connected with \(record.name) (\(links[index].remote))"))
        merge([entry], from: index, now: now)
        clearSuspicion(of: record.id, now: now)
        outputs.append(.send(links[index].id, .digest(digest)))
        maintainSoon(now)
    }

    /// Why we do not talk to who says this; nil if we do.
    private func refusal(of hello: MeshHello) -> MeshRefusal? {
        let ours = configuration.protocolVersions
        let theirs = hello.protocolVersions
        guard ours.overlaps(theirs) else {
            let remedy = theirs.upperBound < ours.lowerBound ? "it must be upgraded" : "upgrade this one"
            return MeshRefusal(
                code: .version,
                text: "it speaks versions \(theirs.lowerBound) to \(theirs.upperBound) of the protocol, "
                    + "\(own.name) \(ours.lowerBound) to \(ours.upperBound): \(remedy)"
            )
        }
        guard hello.cluster == configuration.cluster else {
            return MeshRefusal(
                code: .cluster,
                text: "it belongs to the cluster \(hello.cluster), \(own.name) to \(configuration.cluster)"
            )
        }
        let ranges = Self.text(of: configuration.ranges)
        guard hello.ranges.sorted() == ranges else {
            return MeshRefusal(
                code: .ranges,
                text: "its address ranges are \(hello.ranges.joined(separator: ", ")), those of \(own.name) "
                    + "\(ranges.joined(separator: ", ")): give both the same"
            )
        }
        return nil
    }

    /// Leaves one of two connections to one peer, the same on both sides; nil if it is not this one.
    private mutating func resolveDuplicate(
        _ record: PeerRecord,
        _ entry: ReplicatedEntry,
        on index: Int,
        now: Duration
    ) -> Int? {
        guard
            let otherID = established[record.id], let other = self.index(of: otherID),
            let peer = links[other].peer
        else { return index }
        let id = links[index].id
        if peer.instance != record.instance {
            // It was started anew, or there are two of it. The older one is told of the younger one's record.
            guard (record.started, record.instance) > (peer.started, peer.instance) else {
                if let stored = store.entry(entry.key) {
                    outputs.append(.send(id, .entries([stored])))
                }
                merge([entry], from: nil, now: now)
                let text = "another \(record.name) with the same identity, started later, is connected"
                if let index = self.index(of: id) { refuse(index, MeshRefusal(code: .clone, text: text), now: now) }
                return nil
            }
            close(other, MeshRefusal(code: .duplicate, text: "the peer was started anew"), now: now)
        } else if links[other].isOutbound == links[index].isOutbound {
            // The one that was dialled decides: its dialler may have lost the older one.
            guard !links[index].isOutbound else { return index }
            close(other, MeshRefusal(code: .duplicate, text: "there is a newer connection"), now: now)
        } else {
            let keepsOutbound = own.id < record.id
            let loser = links[index].isOutbound == keepsOutbound ? other : index
            close(loser, MeshRefusal(code: .duplicate, text: "there is another connection"), now: now)
        }
        return self.index(of: id)
    }

    /// Gives up a connection if there are too many: the oldest that we do not need, or else the new one: a newcomer with
    /// some members' records, so that it need not come back. Returns where the new one lies, if it stays.
    private mutating func makeRoom(for index: Int, isNewcomer: Bool, now: Duration) -> Int? {
        guard !links[index].isOutbound, established.count >= configuration.connectionLimit else { return index }
        let id = links[index].id
        let refusal = MeshRefusal(code: .surplus, text: "\(own.name) has \(established.count) connections already")
        let isOld = { (connection: MeshConnection) in
            guard let peer = connection.peer, !connection.isNeeded else { return false }
            return now - peer.establishedAt >= .seconds(5)
        }
        guard let old = links.firstIndex(where: isOld) else {
            if isNewcomer {
                let some = store.members(behind: generator.next(), within: 0...UInt64.max, limit: 32)
                outputs.append(.send(id, .entries(some)))
            }
            refuse(index, refusal, now: now)
            return nil
        }
        close(old, refusal, now: now)
        return self.index(of: id)
    }

    /// Closes a connection for a reason that the user must know.
    mutating func refuse(_ index: Int, _ refusal: MeshRefusal, now: Duration) {
        counters.refused += 1
        if refusal.code != .surplus {
            outputs.append(.refused(links[index].remote, reason: "we refused it: \(refusal.text)"))
        }
        let id = links[index].id
        outputs.append(.send(id, .refuse(refusal)))
        outputs.append(.close(id, reason: refusal.text))
        drop(index, reason: refusal.text, isFailure: true, now: now)
    }

    /// Closes a connection for a reason that is nobody's fault.
    mutating func close(_ index: Int, _ refusal: MeshRefusal, now: Duration) {
        let id = links[index].id
        outputs.append(.send(id, .refuse(refusal)))
        outputs.append(.close(id, reason: refusal.text))
        drop(index, reason: refusal.text, isFailure: false, now: now)
    }

    /// Closes a connection whose other side breaks the protocol.
    mutating func closeMalformed(_ index: Int, _ reason: String, now: Duration) {
        counters.malformed += 1
        let connection = links[index]
        outputs.append(.log(.warning, "closed the connection with \(connection.remote): \(reason)"))
        outputs.append(.send(connection.id, .refuse(MeshRefusal(code: .malformed, text: reason))))
        outputs.append(.close(connection.id, reason: reason))
        drop(index, reason: reason, isFailure: true, now: now)
    }

    /// The other side closes the connection, and says why.
    mutating func takeRefusal(_ refusal: MeshRefusal, on index: Int, now: Duration) {
        let connection = links[index]
        let dial = dialIndex(of: connection)
        outputs.append(.close(connection.id, reason: refusal.text))
        switch refusal.code {
        case .duplicate:
            drop(index, reason: refusal.text, isFailure: false, now: now)
        case .surplus:
            drop(index, reason: refusal.text, isFailure: false, now: now)
            guard let dial else { break }
            let pause = established.isEmpty ? configuration.maximumBackoff / 8 : configuration.maximumBackoff
            dials[dial].state = .waiting(until: now + generator.jittered(pause, 750...1250))
            maintainSoon(now)
        case .itself:
            if let dial { dials[dial].isSelf = true }
            drop(index, reason: refusal.text, isFailure: false, now: now)
        default:
            counters.refused += 1
            outputs.append(.refused(connection.remote, reason: "it refused us: \(refusal.text)"))
            drop(index, reason: refusal.text, isFailure: true, now: now)
        }
    }

    /// Forgets a connection that is gone.
    mutating func drop(_ index: Int, reason: String, isFailure: Bool, now: Duration) {
        let connection = links.remove(at: index)
        freeBits |= connection.bit
        if let peer = connection.peer, established[peer.id] == connection.id { established[peer.id] = nil }
        if connection.peer != nil, connection.isEager, isFailure { makeAllEager() }
        if let dial = dialIndex(of: connection) {
            if let peer = connection.peer, now - peer.establishedAt >= configuration.stableAfter {
                dials[dial].backoff = configuration.minimumBackoff
                dials[dial].failures = 0
            }
            if isFailure {
                fail(dial, reason: reason, now: now)
            } else {
                dials[dial].state = .idle
                dials[dial].reason = reason
            }
        }
        maintainSoon(now + configuration.spreadDelay)
    }

    /// Ranges as they are compared.
    private static func text(of ranges: [IPPrefix]) -> [String] { ranges.map(\.description).sorted() }
}
