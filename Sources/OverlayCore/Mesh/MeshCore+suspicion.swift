extension MeshCore {
    /// Members that nobody reaches, as far as we heard.
    public var unreachable: Set<PeerID> {
        Set(suspicions.suspected.lazy.filter { member($0.key)?.instance == $0.value }.map(\.key))
    }

    /// Takes note of whether a ring neighbour can be reached.
    mutating func judge(_ entry: ReplicatedEntry, _ attempt: Attempt, now: Duration) {
        guard let record = entry.storage.record, record.meshPort != 0, !record.endpoints.isEmpty else { return }
        switch attempt {
        case .failing:
            if suspicions.failing[record.id] == nil { suspicions.failing[record.id] = .init(since: now) }
        case .declined: suspicions.failing[record.id] = nil
        case .going:
            if established[record.id] != nil { suspicions.failing[record.id] = nil }
        }
    }

    /// Tells the others whom we have failed to reach for too long.
    mutating func suspect(now: Duration) {
        guard !suspicions.failing.isEmpty else { return }
        // In the peers' order, since a dictionary's order differs from run to run.
        for id in suspicions.failing.keys.sorted() {
            guard let failing = suspicions.failing[id] else { continue }
            guard let record = member(id), established[id] == nil else {
                suspicions.failing[id] = nil
                continue
            }
            // Who lives behind a wall is not suspected over and over.
            let delay = configuration.suspicionDelay * (1 << min(failing.denials, 6))
            guard now - failing.since >= delay, suspicions.suspected[id] != record.instance else { continue }
            tell(PeerSuspicion(isSuspected: true, instance: record.instance), of: id, now: now)
        }
    }

    /// Takes note of what others think of a peer, and contradicts where we know better.
    mutating func noteSuspicion(_ entry: ReplicatedEntry, now: Duration) {
        suspicions.note(entry)
        guard let id = PeerID(bytes: entry.key.name) else { return }
        guard let instance = suspicions.suspected[id] else {
            suspicions.failing[id]?.since = now
            suspicions.failing[id]?.denials += 1
            return endPauses(of: id, now: now)
        }
        let isWrong =
            id == own.id ? instance == own.instance : established[id] != nil && member(id)?.instance == instance
        if isWrong { tell(PeerSuspicion(isSuspected: false, instance: instance), of: id, now: now) }
    }

    /// We are connected with a peer: it lives.
    mutating func clearSuspicion(of id: PeerID, now: Duration) {
        suspicions.failing[id] = nil
        guard let instance = suspicions.suspected[id], member(id)?.instance == instance else { return }
        tell(PeerSuspicion(isSuspected: false, instance: instance), of: id, now: now)
    }

    private mutating func tell(_ suspicion: PeerSuspicion, of id: PeerID, now: Duration) {
        let key = PeerSuspicion.key(of: id)
        let version = (store.entry(key)?.version ?? 0) + 1
        guard version < ReplicatedEntry.versionLimit else { return }
        publish([ReplicatedEntry(key: key, version: version, value: suspicion.value)], now: now)
    }
}
