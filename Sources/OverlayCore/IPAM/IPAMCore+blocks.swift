internal import Addressing

extension IPAMCore {
    /// The places of a pool's ranges.
    func rangeIndices(_ key: Pool.Key) -> [Int] {
        ranges.indices.filter { ranges[$0].range.id == key.range && ranges[$0].range.family == key.family }
    }

    /// The number of blocks of a pool that are in use.
    func activeCount(_ key: Pool.Key) -> Int { rangeIndices(key).reduce(0) { $0 + ranges[$1].active.count } }

    /// One more block is needed.
    mutating func need(_ id: String, _ family: IPFamily, _ step: inout IPAMStep) {
        let key = Pool.Key(range: id, family: family)
        guard pools[key] != nil else {
            step.fail(
                id.isEmpty ? "pods have no \(family) range" : "network \(id) has no \(family) range here: join it first"
            )
            return
        }
        let count = activeCount(key)
        pools[key]?.target = count + 1
    }

    /// A block is not needed any more.
    mutating func release(_ id: String, _ prefix: IPPrefix, _ step: inout IPAMStep) {
        let key = Pool.Key(range: id, family: prefix.family)
        for index in rangeIndices(key) {
            guard let block = ranges[index].range.block(prefix), ranges[index].deactivate(block) else { continue }
            let count = activeCount(key)
            pools[key]?.target = count
            step.changed.insert(id)
            return
        }
    }

    /// Uses as many blocks as are wanted; asks for space where we have too little.
    mutating func fill(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard !isSatisfied else { return }
        isSatisfied = true
        for key in pools.keys.sorted() {
            guard let pool = pools[key] else { continue }
            var missing = pool.target - activeCount(key)
            guard missing > 0 || pool.request != nil else { continue }
            for index in rangeIndices(key) {
                while missing > 0, let block = ranges[index].lowestFree {
                    ranges[index].activate(block)
                    step.changed.insert(key.range)
                    missing -= 1
                }
            }
            if missing > 0 { isSatisfied = false }
            if missing > 0 { ask(key, view, &step) } else { endRequest(key, view, &step) }
        }
    }
}
