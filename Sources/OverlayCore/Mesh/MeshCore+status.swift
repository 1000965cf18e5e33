extension MeshCore {
    /// All members' records, ours among them, without removed ones. Made anew at each call.
    public var members: [PeerID: PeerRecord] {
        var members: [PeerID: PeerRecord] = [:]
        members.reserveCapacity(store.memberCount)
        store.forEachPeer { entry in
            if !entry.isTombstone, let record = entry.storage.record { members[record.id] = record }
            return true
        }
        return members
    }

    /// The number of members, ourselves counted.
    public var memberCount: Int { store.memberCount }

    /// A member's record; nil if there is none or it was removed.
    public func member(_ id: PeerID) -> PeerRecord? {
        guard let record = store.entry(PeerRecord.key(of: id))?.storage.record, !record.isRemoved else { return nil }
        return record
    }

    /// What is stored under a key.
    public func entry(_ key: ReplicatedEntry.Key) -> ReplicatedEntry? { store.entry(key) }

    /// All entries of a kind, in the same order everywhere. Made anew at each call.
    public func entries(of kind: ReplicatedEntry.Kind) -> [ReplicatedEntry] {
        var entries: [ReplicatedEntry] = []
        forEachEntry(of: kind) { entries.append($0) }
        return entries
    }

    /// Calls `body` with all entries of a kind, in the same order everywhere.
    public func forEachEntry(of kind: ReplicatedEntry.Kind, _ body: (ReplicatedEntry) -> Void) {
        let visit = { (entry: ReplicatedEntry) -> Bool in
            if entry.storage.key.kind == kind { body(entry) }
            return true
        }
        switch kind {
        case .peer: store.forEachPeer(visit)
        case .ring: store.forEachOfRing(visit)
        default: store.forEachOther(visit)
        }
    }

    /// All entries: what a snapshot on disk holds. Made anew at each call.
    public var entries: [ReplicatedEntry] {
        var entries: [ReplicatedEntry] = []
        entries.reserveCapacity(store.count)
        let visit = { (entry: ReplicatedEntry) -> Bool in
            entries.append(entry)
            return true
        }
        store.forEachPeer(visit)
        store.forEachOfRing(visit)
        store.forEachOther(visit)
        return entries
    }

    /// The peers with whom we are connected.
    public var neighbours: [PeerID] { established.keys.sorted() }

    /// Whether we are connected with a peer.
    public func isNeighbour(_ id: PeerID) -> Bool { established[id] != nil }

    /// The places that the user named, in order.
    public var targets: [PeerAddress] { dials.lazy.filter(\.isTarget).map(\.address) }

    /// The connections that are up or tried, in the order in which people read them.
    public var connections: [ConnectionSummary] {
        let up = links.map { link in
            ConnectionSummary(
                remote: link.remote,
                isOutbound: link.isOutbound,
                state: link.peer == nil ? .pending : .established,
                peer: link.peer?.id,
                name: link.peer?.name
            )
        }
        let tried = dials.compactMap { dial -> ConnectionSummary? in
            let state: ConnectionSummary.State
            switch dial.state {
            case .dialling: state = dial.failures == 0 ? .connecting : .retrying
            case .waiting: state = .failed
            case .connected: return nil
            case .idle:
                guard dial.isTarget, dial.isSelf else { return nil }
                state = .failed
            }
            return ConnectionSummary(
                remote: dial.address,
                isOutbound: true,
                state: state,
                peer: dial.peer,
                name: dial.peer.flatMap { member($0)?.name },
                detail: dial.isSelf ? "cannot connect to ourself" : dial.reason
            )
        }
        return (up + tried).sorted { ($0.isOutbound ? 0 : 1, $0.remote) < ($1.isOutbound ? 0 : 1, $1.remote) }
    }
}
