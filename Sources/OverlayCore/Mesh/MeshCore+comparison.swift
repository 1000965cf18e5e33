extension MeshCore {
    /// Fewer entries than these are sent rather than compared.
    private static let smallCount = 16
    /// The most items in a list of versions, and hashes in a wish.
    private static let itemLimit = 4096
    /// The most items in a message, however uneven the parts of the key space are: half a message. What is cut off is
    /// sent to us once more, which does no harm.
    private static let messageItemLimit = MeshMessage.maximumByteCount / 32

    /// All that is stored, in one number: two cores with the same number have the same entries.
    public var digest: MeshDigest { MeshDigest(root: store.root, count: UInt32(clamping: store.count)) }

    /// A flood of news is over: what is missing now is not on its way, so we compare soon.
    mutating func endQuiet(now: Duration) {
        quietDeadline = nil
        if now - digestsToldAt >= .milliseconds(500) { digestDeadline = now }
    }

    /// Tells each neighbour what we have, and closes connections on which nothing comes.
    mutating func tellDigests(now: Duration) {
        digestDeadline = now + generator.jittered(configuration.digestInterval, 800...1200)
        digestsToldAt = now
        quietDeadline = nil
        var silent: [ConnectionID] = []
        let message = MeshMessage.digest(digest)
        for connection in links {
            if connection.peer == nil {
                if now - connection.openedAt >= configuration.helloTimeout { silent.append(connection.id) }
            } else if now - connection.lastHeard >= configuration.silenceLimit {
                silent.append(connection.id)
            } else if connection.isWritable {
                outputs.append(.send(connection.id, message))
            }
        }
        for id in silent {
            guard let index = index(of: id) else { continue }
            let silence = now - links[index].lastHeard
            let reason = "nothing came for \(silence.components.seconds) s"
            outputs.append(.close(id, reason: reason))
            drop(index, reason: reason, isFailure: true, now: now)
        }
        suspect(now: now)
    }

    /// A neighbour tells what it has.
    mutating func compare(_ digest: MeshDigest, on index: Int, now: Duration) {
        guard digest.root != store.root else {
            // It has all that was waiting for it.
            links[index].differsSince = nil
            links[index].sweep = nil
            links[index].outbox = []
            links[index].cursor = log.end
            return
        }
        let differsSince = links[index].differsSince ?? now
        links[index].differsSince = differsSince
        guard links[index].sweep == nil, let peer = links[index].peer else { return }
        let theirs = Int(digest.count)
        if store.count <= Self.smallCount || theirs < store.count / 8 {
            if let sweptAt = links[index].sweptAt, now - sweptAt < configuration.digestInterval { return }
            links[index].sweptAt = now
            links[index].sweep = MeshConnection.Sweep()
            flushDeadline = now
            return
        }
        // Who has much more sends it.
        guard theirs / 8 <= store.count else { return }
        // News on their way make no difference; but they must not hide one for long either. On a new connection one is
        // likely, as it began in the middle of something.
        let isOverdue = now - (links[index].comparedAt ?? differsSince) >= configuration.digestInterval * 3
        let isFirst = links[index].comparedAt == nil && now - floodedAt >= .milliseconds(300)
        guard isOverdue || isFirst || now - mergedAt >= .milliseconds(300) else { return }
        // One side begins; the other if that one does not.
        guard isOverdue || own.id < peer.id else { return }
        links[index].comparedAt = now
        makeEager(index)
        outputs.append(.send(links[index].id, .buckets(store.bucketSums(bits: store.bucketBits))))
    }

    /// A neighbour tells the sums of what it has.
    mutating func compare(_ sums: [UInt64], on index: Int, now: Duration) {
        let bits = UInt8(truncatingIfNeeded: sums.count.trailingZeroBitCount)
        guard bits <= 8, sums.count == 1 << Int(bits) else {
            return closeMalformed(index, "it sent \(sums.count) sums", now: now)
        }
        let ours = store.bucketSums(bits: bits)
        var differing = sums.indices.filter { sums[$0] != ours[$0] }.map { UInt8(truncatingIfNeeded: $0) }
        guard !differing.isEmpty else { return }
        counters.reconciliations += 1
        links[index].comparedAt = now
        makeEager(index)
        // Not always the same ones, if they are too many for one round.
        let first = Int.random(in: differing.indices, using: &generator)
        differing = Array(differing[first...] + differing[..<first])
        var chosen: [(bucket: UInt8, entries: [ReplicatedEntry])] = []
        var count = 0
        for bucket in differing where count < Self.itemLimit {
            let entries = store.entries(inBucket: bucket, bits: bits)
            count += entries.count
            chosen.append((bucket, entries))
        }
        chosen.sort { $0.bucket < $1.bucket }
        let versions = MeshVersions(
            bits: bits,
            buckets: chosen.map(\.bucket),
            items: chosen.lazy.flatMap(\.entries).prefix(Self.messageItemLimit).map { entry in
                MeshVersions.Item(hash: entry.storage.hash, fingerprint: entry.storage.fingerprint)
            }
        )
        outputs.append(.send(links[index].id, .versions(versions)))
    }

    /// A neighbour tells which versions it has: it gets what it lacks, and is asked for what we lack.
    mutating func compare(_ versions: MeshVersions, on index: Int, now: Duration) {
        let entries = versions.buckets.flatMap { store.entries(inBucket: $0, bits: versions.bits) }
        var lacking: [UInt64] = []
        var wanted: [UInt64] = []
        var next = 0
        for item in versions.items {
            while next < entries.count, entries[next].storage.hash < item.hash {
                lacking.append(entries[next].storage.hash)
                next += 1
            }
            if next < entries.count, entries[next].storage.hash == item.hash {
                if entries[next].storage.fingerprint != item.fingerprint {
                    lacking.append(item.hash)
                    wanted.append(item.hash)
                }
                next += 1
            } else {
                wanted.append(item.hash)
            }
        }
        lacking.append(contentsOf: entries[next...].map(\.storage.hash))
        if !wanted.isEmpty {
            outputs.append(.send(links[index].id, .want(Array(wanted.prefix(Self.itemLimit)))))
        }
        if !lacking.isEmpty { send(lacking, on: index, now: now) }
    }
}
