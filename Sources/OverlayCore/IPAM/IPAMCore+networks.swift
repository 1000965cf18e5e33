internal import Addressing

extension IPAMCore {
    /// Shares out a bridged network's range too.
    mutating func add(
        _ range: IPAMRange,
        owns: Bool,
        blocks: [IPPrefix],
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        guard !range.id.isEmpty else {
            step.fail("the range \(range.prefix) has no network's name: the pods' ranges are given at the start")
            return
        }
        guard !ranges.contains(where: { $0.range == range }) else { return }
        if let other = ranges.first(where: { $0.range.prefix.overlaps(range.prefix) }) {
            step.fail(
                "\(range.prefix) of network \(range.id) and \(other.range.prefix) of"
                    + " \(other.range.id.isEmpty ? "the pods" : "network \(other.range.id)") have addresses in common"
            )
            return
        }
        let ring = range.networkRingIdentity
        let index = ranges.count
        ranges.append(SharedRange(range, ring: ring))
        let key = Pool.Key(range: range.id, family: range.family)
        if pools[key] == nil { pools[key] = Pool(target: 0) }
        var isFounded = false
        for entry in view.entries(of: .ring) {
            guard let entry = entry.ringEntry, entry.ring == ring else { continue }
            isFounded = true
            guard entry.owner == own, let (place, segment) = place(of: entry), place == index else { continue }
            ranges[index].own(segment)
        }
        if isFounded { giveWay(view, &step) }
        if owns, !isFounded { write(index, 0...range.blockCount - 1, owner: own, version: 1, &step) }
        for block in blocks { range.block(block).map { ranges[index].activate($0) } }
        sortActive(index, &step)
        let count = activeCount(key)
        pools[key]?.target = count
        step.changed.insert(range.id)
    }

    /// Does not share out a network's ranges any more, and hands on what we have of them, if anybody wants it. Else it
    /// stays ours until we join again.
    mutating func removeRanges(of id: String, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard !id.isEmpty else {
            step.fail("the pods' ranges cannot be removed")
            return
        }
        for index in ranges.indices where ranges[index].range.id == id {
            guard let ring = ranges[index].ring, let heir = anotherOwner(of: ring, except: nil, view) else { continue }
            for segment in ranges[index].segments where segment.version < ReplicatedEntry.versionLimit - 1 {
                write(index, segment.first...segment.last, owner: heir, version: segment.version + 1, &step)
            }
        }
        for key in pools.keys.sorted() where key.range == id {
            endRequest(key, view, &step)
            pools[key] = nil
        }
        ranges.removeAll { $0.range.id == id }
        step.changed.insert(id)
    }
}

extension IPPrefix {
    /// Whether the two have addresses in common.
    func overlaps(_ other: IPPrefix) -> Bool { contains(other.address) || other.contains(address) }
}
