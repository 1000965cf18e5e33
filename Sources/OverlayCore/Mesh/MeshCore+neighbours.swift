extension MeshCore {
    /// Works out whom we need as neighbours, dials them, and gives up connections that neither side needs.
    mutating func maintain(now: Duration) {
        maintenanceDeadline = nil
        maintainDials(now: now)
        var needed = Set<PeerID>()
        if store.memberCount <= configuration.fullMeshLimit {
            successor = nil
            needAll(&needed, now: now)
        } else {
            let band = needSuccessor(&needed, now: now)
            needBands(through: band, &needed, now: now)
        }
        for dial in dials where dial.isTarget {
            if let peer = dial.peer { needed.insert(peer) }
        }
        maintainConnections(needed: needed, now: now)
    }

    private mutating func needAll(_ needed: inout Set<PeerID>, now: Duration) {
        for entry in store.members(behind: ownEntry.storage.hash, within: 1...UInt64.max, limit: store.memberCount) {
            if let id = entry.storage.record?.id { needed.insert(id) }
            judge(entry, attempt(entry, now: now), now: now)
        }
    }

    /// The next on the ring; while it does not answer, those behind it too. Returns the band that it lies in.
    private mutating func needSuccessor(_ needed: inout Set<PeerID>, now: Duration) -> Int {
        let limit = 16
        var band = 0
        for wanted in [1, limit] {
            let candidates = store.members(behind: ownEntry.storage.hash, within: 1...UInt64.max, limit: wanted)
            for entry in candidates {
                band = Self.band(entry.storage.hash &- ownEntry.storage.hash)
                if let id = entry.storage.record?.id { needed.insert(id) }
                let attempt = attempt(entry, now: now)
                judge(entry, attempt, now: now)
                if attempt == .going {
                    successor = entry.storage.record?.id
                    if let successor, let id = established[successor], let index = index(of: id) { makeEager(index) }
                    return band
                }
            }
        }
        return band
    }

    /// One in each band up to that of the successor, whoever dialled it.
    private mutating func needBands(through last: Int, _ needed: inout Set<PeerID>, now: Duration) {
        var covered: UInt32 = 0
        for connection in links {
            guard let peer = connection.peer, established[peer.id] == connection.id else { continue }
            let band = Self.band(peer.hash &- ownEntry.storage.hash)
            if needed.contains(peer.id) { covered |= 1 << UInt32(band) }
        }
        for connection in links {
            guard let peer = connection.peer, established[peer.id] == connection.id else { continue }
            let bit: UInt32 = 1 << UInt32(Self.band(peer.hash &- ownEntry.storage.hash))
            guard covered & bit == 0 else { continue }
            covered |= bit
            needed.insert(peer.id)
        }
        for band in 0...last where covered & 1 << UInt32(band) == 0 {
            for entry in store.members(behind: ownEntry.storage.hash, within: Self.distances(band), limit: 4) {
                guard attempt(entry, now: now) == .going else { continue }
                if let id = entry.storage.record?.id { needed.insert(id) }
                break
            }
        }
    }

    /// How far away a distance on the ring is: 0 is seven eighths of it, 1 the nearest seven eighths of the rest …
    ///
    /// Each further band is a connection more for every peer, over which everything new goes once more.
    static func band(_ distance: UInt64) -> Int { min(distance.leadingZeroBitCount / 3, 20) }

    /// The distances in a band.
    static func distances(_ band: Int) -> ClosedRange<UInt64> {
        let shift = UInt64(61 - 3 * band)
        return (band == 20 ? 1 : 1 << shift)...(7 << shift | (1 << shift - 1))
    }

    private mutating func maintainConnections(needed: Set<PeerID>, now: Duration) {
        var surplus: [ConnectionID] = []
        for index in links.indices {
            guard let peer = links[index].peer else { continue }
            let isRemoved = store.entry(PeerRecord.key(of: peer.id))?.isTombstone == true
            let isNeeded = needed.contains(peer.id)
            if links[index].isNeeded != isNeeded {
                links[index].isNeeded = isNeeded
                outputs.append(.send(links[index].id, .needed(isNeeded)))
            }
            guard isRemoved || !isNeeded && !links[index].isNeededByPeer else {
                links[index].idleSince = nil
                continue
            }
            let idleSince = links[index].idleSince ?? now
            links[index].idleSince = idleSince
            // The dialler closes it; the other side only if that one does not.
            let end = idleSince + configuration.lingerTime * (links[index].isOutbound ? 1 : 3)
            if end <= now { surplus.append(links[index].id) } else { maintainSoon(end) }
        }
        for id in surplus {
            guard let index = index(of: id) else { continue }
            close(index, MeshRefusal(code: .surplus, text: "neither side needs it"), now: now)
        }
    }
}
