internal import Addressing

extension IPAMCore {
    /// Takes back what was ours before the restart.
    mutating func restore(_ record: PeerRecord, _ stored: [ReplicatedEntry], now: Duration) {
        let entries = stored.compactMap(\.ringEntry)
        if podRing == nil {
            // Ours is the ring that we own a part of; else the one that we heard of.
            let ours = entries.filter { !$0.isNetwork && $0.owner == own }.map(\.ring).min()
            if let ring = ours ?? entries.filter({ !$0.isNetwork }).map(\.ring).min() { join(ring) }
        }
        for entry in stored where entry.key.kind == .vote {
            if entry.key == Vote.key(of: own), let stored = try? Vote(decoding: entry) { vote = stored }
        }
        for entry in entries {
            noteForeign(entry)
            guard entry.owner == own, let place = place(of: entry) else { continue }
            ranges[place.range].own(place.segment)
        }
        for prefix in record.prefixes {
            for index in ranges.indices where ranges[index].range.id.isEmpty {
                if let block = ranges[index].range.block(prefix) { ranges[index].activate(block) }
            }
        }
        for index in ranges.indices { _ = ranges[index].sortActive() }
        for key in pools.keys {
            // What was asked for before the restart may have come meanwhile; else somebody is asked again.
            if stored.contains(where: { $0.key.kind == .request && $0.key.name.starts(with: own.bytes) }) {
                pools[key]?.request = Pool.Request(deadline: now, since: now)
            }
            let count = activeCount(key)
            pools[key]?.target = max(1, count)
        }
    }

    /// From now on, the pods' ring is this.
    mutating func join(_ ring: UInt64) {
        podRing = ring
        for index in ranges.indices where ranges[index].range.id.isEmpty { ranges[index].ring = ring }
    }

    /// Where in which range an entry is; nil where it is of a ring that we are not in, or not of whole blocks.
    func place(of entry: RingEntry) -> (range: Int, segment: SharedRange.Segment)? {
        for (index, range) in ranges.enumerated() where range.ring == entry.ring {
            guard
                let first = range.range.block(beginningAt: entry.first),
                let last = range.range.block(endingAt: entry.last)
            else { continue }
            return (index, SharedRange.Segment(first: first, last: last, version: entry.version))
        }
        return nil
    }

    /// Notes that there is another ring of pods.
    @discardableResult
    mutating func noteForeign(_ entry: RingEntry) -> Bool {
        guard !entry.isNetwork, let podRing, entry.ring != podRing else { return false }
        let isNew = foreignRings[entry.ring] == nil && foreignRings.count < 8
        if isNew { foreignRings[entry.ring] = entry.owner }
        return isNew
    }

    /// The entry of a segment of ours, or one that was.
    func ringEntry(_ range: Int, _ blocks: ClosedRange<BlockIndex>, owner: PeerID, version: UInt64) -> RingEntry? {
        guard let ring = ranges[range].ring else { return nil }
        let shared = ranges[range].range
        return RingEntry(
            ring: ring,
            first: shared.firstAddress(blocks.lowerBound),
            last: shared.lastAddress(blocks.upperBound),
            owner: owner,
            version: version,
            isNetwork: !shared.id.isEmpty
        )
    }

    /// Takes note of entries.
    mutating func take(_ entries: [ReplicatedEntry], _ view: some IPAMView, _ step: inout IPAMStep) {
        var requests: [SpaceRequest] = []
        var hasRing = false
        for entry in entries {
            if isStopped { return }
            switch entry.key.kind {
            case .ring:
                if leaving != nil { noteReceipt(entry, &step) }
                if let decoded = entry.ringEntry { take(decoded, view, &step) }
                hasRing = true
            case .vote: takeVote(entry, view, &step)
            case .peer:
                if entry.isTombstone, entry.key == PeerRecord.key(of: own) {
                    step.log(.warning, "this peer was removed: its addresses are another's")
                    stop(&step)
                }
            case .request:
                if let request = try? SpaceRequest(decoding: entry), request.donor == own { requests.append(request) }
            default: break
            }
        }
        if hasRing {
            // Somebody to ask may have come up.
            for (key, pool) in pools where pool.request?.obstacle == .noOwners {
                pools[key]?.request?.deadline = step.now
            }
        }
        if !requests.isEmpty, leaving == nil, !isStopped {
            fill(view, &step)
            serve(requests, view, &step)
        }
    }

    /// Takes note of somebody's votes, or of what was decided.
    private mutating func takeVote(_ entry: ReplicatedEntry, _ view: some IPAMView, _ step: inout IPAMStep) {
        if let subject = DecisionSubject(resultKey: entry.key) {
            if let peers = DecisionResult.peers(entry) { learn(subject, peers, view, &step) }
        } else if let other = try? Vote(decoding: entry) {
            take(other, view, &step)
        }
    }

    /// Takes note of an entry of a ring.
    private mutating func take(_ entry: RingEntry, _ view: some IPAMView, _ step: inout IPAMStep) {
        if podRing == nil, !entry.isNetwork, configuration.seeds == nil { join(entry.ring) }
        if noteForeign(entry) { step.log(.warning, foreignRingText(entry.ring, view)) }
        if !legators.isEmpty { noteLegacy(entry.owner, view, &step) }
        guard let (index, segment) = place(of: entry) else { return }
        if let present = ranges[index].segment(beginningAt: segment.first) {
            guard
                segment.version > present.version
                    || segment.version == present.version && (entry.owner != own || segment != present)
            else { return }
            // Somebody else has written what only we may write: removed, cloned or restored, we are not the owner.
            ranges[index].disown(present.first)
            sortActive(index, &step)
        }
        if entry.owner == own {
            // One that is outdated by now says nothing.
            guard step.entry(entry.key, view)?.version ?? entry.version <= entry.version else { return }
            if let stored = view.entry(entry.key) { step.kept.append(stored) }
            ranges[index].own(segment)
            if segment.count > 1 { giveWay(view, &step) }
            confirm(index, segment, entry, &step)
            sortActive(index, &step)
        }
        if let outer = ranges[index].segment(reachingInto: segment.first) {
            giveWay(index, outer, to: segment.first...segment.last, view, &step)
            sortActive(index, &step)
        }
    }

    /// Writes an entry once more that we were given by a peer that waits for that.
    private mutating func confirm(
        _ index: Int,
        _ segment: SharedRange.Segment,
        _ entry: RingEntry,
        _ step: inout IPAMStep
    ) {
        guard
            entry.wantsReceipt, let present = ranges[index].segment(beginningAt: segment.first),
            present.version == segment.version, segment.version < ReplicatedEntry.versionLimit - 1
        else { return }
        write(index, present.first...present.last, owner: own, version: segment.version + 1, &step)
    }

    /// Ends our segments before entries that begin within them. Looks at the whole ring.
    mutating func giveWay(_ view: some IPAMView, _ step: inout IPAMStep) {
        var inner: [(range: Int, blocks: ClosedRange<BlockIndex>)] = []
        view.forEachEntry(of: .ring) { entry in
            guard
                let entry = entry.ringEntry, let (index, part) = place(of: entry),
                ranges[index].segment(reachingInto: part.first) != nil
            else { return }
            inner.append((index, part.first...part.last))
        }
        for (index, blocks) in inner.sorted(by: { $0.blocks.lowerBound < $1.blocks.lowerBound }) {
            guard let outer = ranges[index].segment(reachingInto: blocks.lowerBound) else { continue }
            giveWay(index, outer, to: blocks, view, &step)
        }
    }

    /// Ends a segment of ours before another entry that begins within it, and goes on behind that with an entry of our
    /// own: the inner one is the newer. There is none where everybody heard of everything, but the heir of a removed
    /// peer may not have heard of what the peer gave away last.
    private mutating func giveWay(
        _ index: Int,
        _ outer: SharedRange.Segment,
        to inner: ClosedRange<BlockIndex>,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        guard inner.lowerBound > outer.first, outer.version < ReplicatedEntry.versionLimit - 1 else { return }
        if inner.upperBound < outer.last {
            let rest = inner.upperBound + 1...outer.last
            let key = ringEntry(index, rest, owner: own, version: 0)?.key
            // Where there is an entry already, it is one more inner one.
            if let key, step.entry(key, view) == nil { write(index, rest, owner: own, version: 1, &step) }
        }
        write(index, outer.first...inner.lowerBound - 1, owner: own, version: outer.version + 1, &step)
    }

    /// Publishes an entry, and owns what it says or does not own it any more.
    mutating func write(
        _ index: Int,
        _ blocks: ClosedRange<BlockIndex>,
        owner: PeerID,
        version: UInt64,
        wantsReceipt: Bool = false,
        _ step: inout IPAMStep
    ) {
        guard version < ReplicatedEntry.versionLimit,
            var entry = ringEntry(index, blocks, owner: owner, version: version)
        else { return }
        entry.wantsReceipt = wantsReceipt
        step.publish(entry.entry)
        if owner == own {
            ranges[index].own(.init(first: blocks.lowerBound, last: blocks.upperBound, version: version))
        } else {
            ranges[index].disown(blocks.lowerBound)
        }
    }

    /// After a change of what we own: blocks in use that are not ours any more are to be given up.
    mutating func sortActive(_ index: Int, _ step: inout IPAMStep) {
        isSatisfied = false
        let (lost, regained) = ranges[index].sortActive()
        guard !lost.isEmpty || !regained.isEmpty else { return }
        let range = ranges[index].range
        step.changed.insert(range.id)
        for block in lost {
            step.log(
                .warning,
                "block \(range.blockPrefix(block)) is in use here and belongs to another peer: no further pods get"
                    + " addresses of it, and those that have one should be replaced"
            )
        }
    }

    /// What to tell of another ring.
    func foreignRingText(_ ring: UInt64, _ view: some IPAMView) -> String {
        let owner = foreignRings[ring].map { view.name($0) } ?? "another peer"
        let cause =
            switch configuration.bootstrap {
            case .seeds: "the peers were started with different seeds, or two clusters that began apart were connected"
            case .consensus, .join:
                "more peers began than the number of initial peers said, or two clusters that began apart were connected"
            }
        return "\(owner) shares out the same ranges in another ring (\(String(ring, radix: 16)), ours is"
            + " \(podRing.map { String($0, radix: 16) } ?? "none")), so that pods there may have the addresses of pods here:"
            + " \(cause). To join them, take the side with fewer pods, and on each of its hosts remove the pods,"
            + " run `trama overlay reset`, and launch again, with the other side's hosts as targets"
    }
}
