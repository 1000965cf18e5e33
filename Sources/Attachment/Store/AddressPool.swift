public import Addressing

/// The addresses of one network that this host gives to containers: which ranges, where to look next, and what must
/// rest.
///
/// Pure; who has which address is told by the caller. A range's base (network) address is never given, since it is
/// the host's own in that range, nor an IPv4 range's last one, its broadcast address.
public struct AddressPool: Sendable, Hashable {
    /// For how many seconds nobody gets an address that was released: others still have it in their caches.
    public static let restTime: Int64 = 60

    /// The ranges, in their order.
    public private(set) var prefixes: [IPPrefix]
    /// The addresses given last; the search goes on after them.
    public internal(set) var cursors: [IPFamily: IPAddress]
    /// When addresses were released that must still rest, in seconds since 1970.
    public internal(set) var released: [IPAddress: Int64]

    /// A pool of these ranges.
    public init(
        prefixes: [IPPrefix] = [],
        cursors: [IPFamily: IPAddress] = [:],
        released: [IPAddress: Int64] = [:]
    ) {
        self.prefixes = prefixes.sorted()
        self.cursors = cursors
        self.released = released
    }

    /// Replaces the ranges; what was released keeps its rest.
    mutating func setPrefixes(_ prefixes: [IPPrefix]) {
        self.prefixes = prefixes.sorted()
    }

    /// Whether an address is in one of the ranges, and may be a container's.
    public func mayGive(_ address: IPAddress) -> Bool {
        prefixes.contains { Self.mayGive(address, of: $0) }
    }

    private static func mayGive(_ address: IPAddress, of prefix: IPPrefix) -> Bool {
        guard prefix.contains(address), address != prefix.address else { return false }
        return address.family == .ipv6 || address != prefix.lastAddress
    }

    /// The next address that nobody has and that has rested; nil where there is none.
    ///
    /// Looks at as many addresses as are taken or rest, at most.
    mutating func next(_ family: IPFamily, taken: Set<IPAddress>) -> IPAddress? {
        let ranges = prefixes.filter { $0.family == family }
        guard !ranges.isEmpty else { return nil }
        let cursor = cursors[family]
        let current = cursor.flatMap { cursor in ranges.firstIndex { $0.lastAddress >= cursor } } ?? 0
        // After the cursor to the end of its range, the others in turn, and its range from the beginning.
        for step in 0...ranges.count {
            let range = ranges[(current + step) % ranges.count]
            var candidate: IPAddress? = range.address
            if step == 0, let cursor, range.contains(cursor) { candidate = cursor.successor }
            while let address = candidate, range.contains(address) {
                if Self.mayGive(address, of: range), !taken.contains(address), released[address] == nil {
                    cursors[family] = address
                    return address
                }
                candidate = address.successor
            }
        }
        return nil
    }

    /// Notes that an address was released.
    mutating func rest(_ address: IPAddress, now: Int64) {
        released[address] = now
    }

    /// Forgets what has rested long enough; with a clock that was set back nothing rests longer than from now on.
    mutating func wake(now: Int64) {
        guard !released.isEmpty else { return }
        released = released.compactMapValues { since in
            let since = min(since, now)
            return since > now - Self.restTime ? since : nil
        }
    }
}
