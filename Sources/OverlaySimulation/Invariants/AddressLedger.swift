import Addressing

/// Which addresses each host believes to be its own: finds two that believe so of one address, at once.
///
/// The cost of a change is what changed, and a search, so that the rule can be checked at every step of thousands of
/// hosts.
struct AddressLedger {
    /// Addresses of one family, both ends included.
    struct Interval: Hashable {
        var family: IPFamily
        /// As a number; of IPv4 the low 32 bits.
        var lower: UInt128
        var upper: UInt128

        /// The addresses of a prefix.
        init(_ prefix: IPPrefix) {
            self.init(from: prefix.address, through: prefix.lastAddress)
        }

        /// The addresses from one to another of the same family.
        init(from first: IPAddress, through last: IPAddress) {
            family = first.family
            lower = Self.number(first)
            upper = Self.number(last)
        }

        /// Whether both have an address.
        func overlaps(_ other: Interval) -> Bool {
            family == other.family && lower <= other.upper && other.lower <= upper
        }

        private static func number(_ address: IPAddress) -> UInt128 {
            switch address {
            case .v4(let value): UInt128(value)
            case .v6(let high, let low): UInt128(high) << 64 | UInt128(low)
            }
        }
    }

    /// Two hosts that claim the same addresses.
    struct Conflict {
        var host: Int
        var other: Int
        var interval: Interval
    }

    private struct Claim {
        var lower: UInt128
        var upper: UInt128
        var host: Int
    }

    /// What each host claims at present.
    private var claimed: [Int: Set<Interval>] = [:]
    /// The same by family and address. Claims overlap only where a conflict was found.
    private var claims: [IPFamily: [Claim]] = [:]

    /// Says what a host claims from now on.
    ///
    /// - Returns: The claims of others that it runs into, of those that are new.
    mutating func replace(_ intervals: Set<Interval>, of host: Int) -> [Conflict] {
        let before = claimed[host] ?? []
        guard before != intervals else { return [] }
        claimed[host] = intervals.isEmpty ? nil : intervals
        for interval in before where !intervals.contains(interval) { remove(interval, of: host) }
        return intervals.filter { !before.contains($0) }.sorted { $0.lower < $1.lower }
            .flatMap { insert($0, of: host) }
    }

    /// The addresses of these prefixes that nobody claims.
    func unclaimed(of prefixes: [IPPrefix]) -> [Interval] {
        prefixes.flatMap { prefix -> [Interval] in
            var gap = Interval(prefix)
            var gaps: [Interval] = []
            for claim in claims[prefix.family] ?? [] where claim.upper >= gap.lower && claim.lower <= gap.upper {
                if claim.lower > gap.lower {
                    var before = gap
                    before.upper = claim.lower - 1
                    gaps.append(before)
                }
                guard claim.upper < gap.upper else { return gaps }
                gap.lower = claim.upper + 1
            }
            return gaps + [gap]
        }
    }

    private mutating func remove(_ interval: Interval, of host: Int) {
        guard var list = claims[interval.family] else { return }
        claims[interval.family] = nil
        var index = Self.position(of: interval.lower, in: list)
        while index < list.count, list[index].lower == interval.lower {
            if list[index].host == host, list[index].upper == interval.upper {
                list.remove(at: index)
                break
            }
            index += 1
        }
        claims[interval.family] = list
    }

    private mutating func insert(_ interval: Interval, of host: Int) -> [Conflict] {
        var list = claims[interval.family] ?? []
        claims[interval.family] = nil
        let index = Self.position(of: interval.lower, in: list)
        var conflicts: [Conflict] = []
        if index > 0, list[index - 1].upper >= interval.lower, list[index - 1].host != host {
            conflicts.append(Conflict(host: host, other: list[index - 1].host, interval: interval))
        }
        var after = index
        while after < list.count, list[after].lower <= interval.upper {
            if list[after].host != host {
                conflicts.append(Conflict(host: host, other: list[after].host, interval: interval))
            }
            after += 1
        }
        list.insert(Claim(lower: interval.lower, upper: interval.upper, host: host), at: index)
        claims[interval.family] = list
        return conflicts
    }

    /// Where the first claim is that begins at the address or after it.
    private static func position(of lower: UInt128, in list: [Claim]) -> Int {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle].lower < lower { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension AddressLedger.Interval: CustomStringConvertible {
    /// First and last address.
    var description: String {
        func text(_ number: UInt128) -> String {
            let address: IPAddress =
                family == .ipv4
                ? .v4(UInt32(truncatingIfNeeded: number))
                : .v6(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
            return "\(address)"
        }
        return "\(text(lower)) to \(text(upper))"
    }
}
