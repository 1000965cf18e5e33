extension MeshCore {
    /// Puts ``own`` where the others see it.
    mutating func publishOwn() {
        ownEntry = own.entry
        _ = store.offer(ownEntry, limit: .max)
        outputs.append(.persist([ownEntry]))
        outputs.append(.changed([ownEntry]))
    }

    /// The owner changes our record.
    mutating func updateOwn(_ change: (inout PeerRecord) -> Void, now: Duration) {
        var new = own
        change(&new)
        new.id = own.id
        new.version = own.version
        new.instance = own.instance
        new.started = own.started
        new.isRemoved = false
        guard new != own else { return }
        new.version += 1
        guard new.version < ReplicatedEntry.versionLimit else { return retire("our record has had too many versions") }
        guard new.entry.isWellFormed else {
            return outputs.append(.log(.warning, "our record was not changed: it would be too large, or not valid"))
        }
        own = new
        spreadOwn(now: now)
    }

    private mutating func spreadOwn(now: Duration) {
        publishOwn()
        spread(ownEntry, holders: 0, isOwn: true, now: now)
    }

    /// Somebody else has a record of ours: from before a restart, from our clone, or from who removed us.
    mutating func meet(ownRecord entry: ReplicatedEntry, holders: UInt64, now: Duration) {
        guard entry != ownEntry else {
            counters.duplicates += 1
            return
        }
        if entry.isTombstone {
            _ = store.offer(entry, limit: .max)
            outputs.append(.store([entry]))
            outputs.append(.changed([entry]))
            return retire("this peer was removed from the cluster (rmpeer)")
        }
        guard let record = entry.storage.record, entry.supersedes(ownEntry) else {
            counters.duplicates += 1
            return
        }
        if record.instance == own.instance {
            // Nobody but we may write it.
            counters.rejected += 1
        } else {
            // A record of our last life comes once or twice; what comes again and again is alive.
            let sightings = foreignInstance.instance == record.instance ? foreignInstance.sightings + 1 : 1
            foreignInstance = (record.instance, sightings)
            if sightings >= 3, (record.started, record.instance) < (own.started, own.instance) {
                return retire("another host, \(Self.place(of: record)), runs with our identity since before us")
            }
        }
        guard entry.version + 1 < ReplicatedEntry.versionLimit else {
            return retire("our record has had too many versions")
        }
        own.version = entry.version + 1
        spreadOwn(now: now)
    }

    /// We have reached ourselves, or a clone.
    mutating func meetOurselves(_ record: PeerRecord, on index: Int, now: Duration) {
        let connection = links[index]
        if record.instance == own.instance {
            if let dial = dialIndex(of: connection) { dials[dial].isSelf = true }
            return close(index, MeshRefusal(code: .itself, text: "it reached itself"), now: now)
        }
        let isYounger = (record.started, record.instance) < (own.started, own.instance)
        let text =
            "\(isYounger ? own.name : record.name) runs with the identity of \(isYounger ? record.name : own.name)"
        refuse(index, MeshRefusal(code: .clone, text: text), now: now)
        if isYounger { retire("another host, \(Self.place(of: record)), runs with our identity since before us") }
    }

    private static func place(of record: PeerRecord) -> String {
        record.endpoints.first.map { "\(record.name) at \($0)" } ?? record.name
    }

    /// A peer is gone for good.
    mutating func remove(_ peer: PeerID, now: Duration) {
        guard peer != own.id else {
            return outputs.append(.log(.warning, "a peer cannot remove itself; let it leave"))
        }
        let key = PeerRecord.key(of: peer)
        var record = store.entry(key)?.storage.record ?? PeerRecord(id: peer, name: "")
        guard !record.isRemoved else { return }
        record.isRemoved = true
        record.prefixes = []
        record.networks = []
        publish([record.entry], now: now)
    }

    /// Our identity is lost: everything ends here.
    mutating func retire(_ reason: String) {
        guard !isRetired else { return }
        isRetired = true
        for connection in links { outputs.append(.close(connection.id, reason: reason)) }
        links = []
        established = [:]
        dials = []
        outputs.append(.reidentify(reason: reason))
    }
}
