/// Which hosts reach which: sides of a partition, single broken pairs, and hosts that are cut off.
struct Reachability: Sendable {
    /// The side of the partition that a host is on; those not named are on side 0.
    private var sides: [Int: Int] = [:]
    /// Pairs that do not reach each other, the lower host first.
    private var broken: Set<Pair> = []

    private struct Pair: Hashable {
        var low: Int
        var high: Int

        init(_ one: Int, _ other: Int) {
            (low, high) = (min(one, other), max(one, other))
        }
    }

    /// Whether packets get from either to the other.
    func connects(_ one: Int, _ other: Int) -> Bool {
        if sides.isEmpty, broken.isEmpty { return true }
        return sides[one, default: 0] == sides[other, default: 0] && !broken.contains(Pair(one, other))
    }

    /// Puts hosts on sides of their own; the others are on one side together.
    mutating func partition(_ groups: [[Int]]) {
        sides = [:]
        for (number, group) in groups.enumerated() {
            for host in group { sides[host] = number + 1 }
        }
    }

    /// Breaks or mends what is between two hosts.
    mutating func setBroken(_ one: Int, _ other: Int, _ isBroken: Bool) {
        if isBroken {
            broken.insert(Pair(one, other))
        } else {
            broken.remove(Pair(one, other))
        }
    }

    /// Everybody reaches everybody.
    mutating func heal() {
        sides = [:]
        broken = []
    }
}
