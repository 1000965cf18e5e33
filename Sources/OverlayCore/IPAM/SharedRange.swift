internal import Addressing

/// What we have of one range.
struct SharedRange: Sendable {
    /// Consecutive blocks that one entry of the ring, of which we are the owner, is about.
    struct Segment: Sendable, Hashable {
        /// The first block: the entry's key.
        var first: BlockIndex
        /// The last block.
        var last: BlockIndex
        /// The entry's version.
        var version: UInt64

        /// The number of blocks.
        var count: UInt64 { last - first + 1 }
    }

    /// The range.
    let range: IPAMRange
    /// The ring that shares it out; nil while we know of none.
    var ring: UInt64?
    /// What we own, ascending, disjoint.
    private(set) var segments: [Segment] = []
    /// The blocks in use for pods, ascending. We own each.
    private(set) var active: [BlockIndex] = []
    /// Blocks in use for pods that we do not own (any more), ascending: no new pods there.
    private(set) var draining: [BlockIndex] = []

    /// A range of which we have nothing.
    init(_ range: IPAMRange, ring: UInt64?) {
        self.range = range
        self.ring = ring
    }

    /// The number of blocks that we own.
    var ownedCount: UInt64 { segments.reduce(0) { $0 + $1.count } }

    /// The number of blocks that we own and do not use.
    var freeCount: UInt64 { ownedCount - UInt64(active.count) }

    /// Where the segment is, or would be, that begins at this block.
    private func index(of first: BlockIndex) -> Int { segments.partitioningIndex { $0.first >= first } }

    /// The segment that begins at this block.
    func segment(beginningAt first: BlockIndex) -> Segment? {
        let index = index(of: first)
        return index < segments.count && segments[index].first == first ? segments[index] : nil
    }

    /// The segment that a block lies in.
    func segment(containing block: BlockIndex) -> Segment? {
        let index = segments.partitioningIndex { $0.first > block }
        guard index > 0, segments[index - 1].last >= block else { return nil }
        return segments[index - 1]
    }

    /// The segment that begins before a block and goes on at least to it.
    func segment(reachingInto block: BlockIndex) -> Segment? {
        let index = index(of: block)
        guard index > 0, segments[index - 1].last >= block else { return nil }
        return segments[index - 1]
    }

    /// Owns a segment from now on, in place of what we had under its key.
    mutating func own(_ segment: Segment) {
        let index = index(of: segment.first)
        if index < segments.count, segments[index].first == segment.first {
            segments[index] = segment
        } else {
            segments.insert(segment, at: index)
        }
    }

    /// Does not own what begins at this block any more.
    mutating func disown(_ first: BlockIndex) {
        let index = index(of: first)
        if index < segments.count, segments[index].first == first { segments.remove(at: index) }
    }

    /// Blocks in use that we do not own are to be given up, and those that we own again are not. Returns the former.
    mutating func sortActive() -> (lost: [BlockIndex], regained: [BlockIndex]) {
        let lost = active.filter { segment(containing: $0) == nil }
        let regained = draining.filter { segment(containing: $0) != nil }
        if !lost.isEmpty || !regained.isEmpty {
            active = (active.filter { !lost.contains($0) } + regained).sorted()
            draining = (draining.filter { !regained.contains($0) } + lost).sorted()
        }
        return (lost, regained)
    }

    /// Uses a block for pods.
    mutating func activate(_ block: BlockIndex) {
        let index = active.partitioningIndex { $0 >= block }
        if index == active.count || active[index] != block { active.insert(block, at: index) }
    }

    /// Does not use a block for pods any more. Returns whether it did.
    mutating func deactivate(_ block: BlockIndex) -> Bool {
        let count = active.count + draining.count
        active.removeAll { $0 == block }
        draining.removeAll { $0 == block }
        return active.count + draining.count < count
    }

    /// Uses no block any more.
    mutating func drainAll() {
        draining = (draining + active).sorted()
        active = []
    }

    /// The first block of ours that is not in use.
    var lowestFree: BlockIndex? {
        for segment in segments {
            for run in freeRuns(in: segment) { return run.lowerBound }
        }
        return nil
    }

    /// The most consecutive blocks of one segment that are not in use; of equal ones the last.
    var largestFreeRun: ClosedRange<BlockIndex>? {
        var best: ClosedRange<BlockIndex>?
        for segment in segments {
            for run in freeRuns(in: segment) {
                if let best, best.upperBound - best.lowerBound > run.upperBound - run.lowerBound { continue }
                best = run
            }
        }
        return best
    }

    private func freeRuns(in segment: Segment) -> [ClosedRange<BlockIndex>] {
        var runs: [ClosedRange<BlockIndex>] = []
        var next = segment.first
        for block in active[active.partitioningIndex { $0 >= segment.first }...] {
            guard block <= segment.last else { break }
            if block > next { runs.append(next...block - 1) }
            next = block + 1
        }
        if next <= segment.last { runs.append(next...segment.last) }
        return runs
    }
}

extension Array {
    /// The first index whose element satisfies the predicate, where all after it do too; the end if none does.
    func partitioningIndex(where belongsToSecond: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsToSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
