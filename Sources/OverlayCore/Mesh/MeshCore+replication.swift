extension MeshCore {
    /// The most bytes of entries that a connection is sent at a time.
    private static let burstByteCount = 256 << 10
    /// The most bytes of entries in a message.
    private static let messageByteCount = 128 << 10
    /// The most hashes that are kept for a connection.
    private static let outboxLimit = 16_384

    /// Our side's own entries.
    mutating func publish(_ entries: [ReplicatedEntry], now: Duration) {
        var changed: [ReplicatedEntry] = []
        for entry in entries {
            guard entry.isWellFormed, entry.key != ownEntry.key else {
                outputs.append(.log(.warning, "an entry was not published: it is too large, or not ours to write"))
                continue
            }
            switch store.offer(entry, limit: .max) {
            case .added, .replaced: changed.append(entry)
            case .known, .outdated, .refused: break
            }
        }
        guard !changed.isEmpty else { return }
        outputs.append(.persist(changed))
        outputs.append(.changed(changed))
        for entry in changed {
            note(entry, now: now)
            spread(entry, holders: 0, isOwn: true, now: now)
        }
    }

    /// Entries from a neighbour.
    mutating func merge(_ entries: [ReplicatedEntry], from index: Int?, now: Duration) {
        let holders = index.map { links[$0].bit } ?? 0
        let ownHash = ownEntry.storage.hash
        var changed: [ReplicatedEntry] = []
        var knownCount = 0
        counters.entries += entries.count
        for entry in entries {
            guard entry.storage.isWellFormed else {
                counters.rejected += 1
                continue
            }
            if entry.storage.hash == ownHash, entry.key == ownEntry.key {
                meet(ownRecord: entry, holders: holders, now: now)
                if isRetired { break }
                continue
            }
            switch store.offer(entry, limit: configuration.entryLimit) {
            case .added, .replaced:
                changed.append(entry)
                spread(entry, holders: holders, isOwn: false, now: now)
            case .known:
                knownCount += 1
                if log.hasUnread { log.note(entry, holders: holders) }
            case .outdated: knownCount += 1
            case .refused: counters.rejected += 1
            }
        }
        counters.duplicates += knownCount
        if let index, !isRetired { judge(freshCount: changed.count, knownCount: knownCount, from: index) }
        guard !changed.isEmpty else { return }
        noteNews(changed.count, now: now)
        outputs.append(.store(changed))
        outputs.append(.changed(changed))
        guard !isRetired else { return }
        for entry in changed { note(entry, now: now) }
    }

    /// Something new came.
    private mutating func noteNews(_ count: Int, now: Duration) {
        mergedAt = now
        if now - recent.since >= .milliseconds(300) { recent = (now, 0) }
        recent.count += count
        guard recent.count >= 16 else { return }
        floodedAt = now
        quietDeadline = now + generator.jittered(.milliseconds(400), 875...1125)
    }

    /// Draws our own conclusions from a change.
    private mutating func note(_ entry: ReplicatedEntry, now: Duration) {
        switch entry.storage.key.kind {
        case .peer:
            maintainSoon(store.memberCount <= configuration.fullMeshLimit ? now : now + .milliseconds(100))
            if let id = entry.storage.record?.id { endPauses(of: id, now: now) }
        case .suspicion: noteSuspicion(entry, now: now)
        default: break
        }
    }

    /// Passes a change on, soon.
    mutating func spread(_ entry: ReplicatedEntry, holders: UInt64, isOwn: Bool, now: Duration) {
        log.append(entry, holders: holders, isOwn: isOwn)
        guard flushDeadline == nil else { return }
        let isBusy = now - flushedAt < .milliseconds(200)
        let delay = isBusy ? configuration.spreadDelay * 5 / 2 : configuration.spreadDelay
        flushDeadline = now + generator.jittered(delay, 750...1250)
    }

    /// A neighbour wants entries.
    mutating func send(_ hashes: [UInt64], on index: Int, now: Duration) {
        let room = max(0, Self.outboxLimit - links[index].outbox.count)
        links[index].outbox.append(contentsOf: hashes.prefix(room))
        flush(index, now: now)
    }

    /// Sends everybody what is new since the last time, and what else is waiting.
    mutating func flush(now: Duration) {
        flushDeadline = nil
        flushedAt = now
        for index in links.indices { flush(index, now: now) }
        log.trim(to: links.reduce(log.end) { $1.peer == nil ? $0 : min($0, $1.cursor) })
    }

    /// Sends one neighbour what is waiting for it, as far as it takes it.
    private mutating func flush(_ index: Int, now: Duration) {
        guard links[index].peer != nil, links[index].isWritable else { return }
        var batch = Batch(limit: Self.burstByteCount)
        if links[index].cursor < log.end { fillFromLog(&batch, index) }
        if !links[index].outbox.isEmpty { fillFromOutbox(&batch, index) }
        if links[index].sweep != nil { fillFromSweep(&batch, index) }
        for entries in batch.messages { outputs.append(.send(links[index].id, .entries(entries))) }
        if batch.isFull {
            let next = now + configuration.spreadDelay
            flushDeadline = min(flushDeadline ?? next, next)
        }
    }

    private mutating func fillFromLog(_ batch: inout Batch, _ index: Int) {
        let bit = links[index].bit
        let takesAll = links[index].isEager && (links[index].isNeeded || links[index].isNeededByPeer)
        // Those that were dropped from the log are found by comparison.
        var cursor = max(links[index].cursor, log.start)
        for item in log.items(from: cursor) {
            guard !batch.isFull else { break }
            cursor += 1
            if item.holders & bit == 0, takesAll || item.isOwn { batch.append(item.entry) }
        }
        links[index].cursor = cursor
    }

    private mutating func fillFromOutbox(_ batch: inout Batch, _ index: Int) {
        var done = 0
        for hash in links[index].outbox {
            guard !batch.isFull else { break }
            done += 1
            if let entry = store.entry(hash: hash) { batch.append(entry) }
        }
        links[index].outbox.removeFirst(done)
    }

    private mutating func fillFromSweep(_ batch: inout Batch, _ index: Int) {
        guard let start = links[index].sweep else { return }
        var sweep: MeshConnection.Sweep? = start
        while let place = sweep {
            var next: UInt64?
            let visit = { (entry: ReplicatedEntry) -> Bool in
                guard !batch.isFull else {
                    next = entry.storage.hash
                    return false
                }
                batch.append(entry)
                return true
            }
            switch place.part {
            case .peers: store.forEachPeer(from: place.hash, visit)
            case .ring: store.forEachOfRing(from: place.hash, visit)
            case .others: store.forEachOther(from: place.hash, visit)
            }
            if let next {
                links[index].sweep = MeshConnection.Sweep(part: place.part, hash: next)
                return
            }
            sweep =
                switch place.part {
                case .peers: MeshConnection.Sweep(part: .ring)
                case .ring: MeshConnection.Sweep(part: .others)
                case .others: nil
                }
        }
        links[index].sweep = nil
    }

    /// Entries for one neighbour, cut into messages.
    struct Batch {
        private(set) var messages: [[ReplicatedEntry]] = []
        private var total = 0
        private var inMessage = 0
        private let limit: Int

        init(limit: Int) { self.limit = limit }

        /// No more should be sent at a time.
        var isFull: Bool { total >= limit }

        mutating func append(_ entry: ReplicatedEntry) {
            let byteCount = entry.encodedByteCount + 4
            total += byteCount
            if inMessage == 0 || inMessage + byteCount > MeshCore.messageByteCount {
                messages.append([])
                inMessage = 0
            }
            inMessage += byteCount
            messages[messages.count - 1].append(entry)
        }
    }
}
