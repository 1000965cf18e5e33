/// Numbers that are given out, each once, the lower ones last: so that people can choose among those.
///
/// Sources: KEP-3070 (ClusterIPs) and KEP-3668 (NodePorts), "Reserve … Ranges For Dynamic And Static Allocation".
struct AllocationPool: Sendable, Hashable {
    /// There are the numbers 0 ..< count.
    let count: UInt64
    /// Numbers below this one are given out only when all others are.
    let staticCount: UInt64
    /// What is given out.
    private(set) var used: Set<UInt64> = []
    private var usedStaticCount: UInt64 = 0

    init(count: UInt64, staticCount: UInt64) {
        self.count = count
        self.staticCount = min(staticCount, count)
    }

    /// How many are not given out.
    var freeCount: UInt64 { count - UInt64(used.count) }

    /// Marks a number as given out; one that is past the end, or is given out already, changes nothing.
    mutating func insert(_ number: UInt64) {
        guard number < count, used.insert(number).inserted else { return }
        if number < staticCount { usedStaticCount += 1 }
    }

    /// Takes a number back.
    mutating func remove(_ number: UInt64) {
        guard used.remove(number) != nil else { return }
        if number < staticCount { usedStaticCount -= 1 }
    }

    /// A number that is free, at random; nil where there is none.
    ///
    /// - Parameter excluded: Numbers that must not be it, besides those given out.
    func next(excluding excluded: Set<UInt64>, using generator: inout some RandomNumberGenerator) -> UInt64? {
        let usedDynamicCount = UInt64(used.count) - usedStaticCount
        return next(in: staticCount..<count, usedDynamicCount, excluded, &generator)
            ?? next(in: 0..<staticCount, usedStaticCount, excluded, &generator)
    }

    private func next(
        in band: Range<UInt64>,
        _ usedCount: UInt64,
        _ excluded: Set<UInt64>,
        _ generator: inout some RandomNumberGenerator
    ) -> UInt64? {
        let size = band.upperBound - band.lowerBound
        guard size > usedCount else { return nil }
        var number = band.lowerBound + UInt64.random(in: 0..<size, using: &generator)
        // Each number that is passed over is used or excluded.
        for _ in 0...min(size - 1, usedCount + UInt64(excluded.count)) {
            if !used.contains(number), !excluded.contains(number) { return number }
            number = number + 1 < band.upperBound ? number + 1 : band.lowerBound
        }
        return nil
    }
}
