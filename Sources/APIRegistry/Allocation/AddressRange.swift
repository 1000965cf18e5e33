public import Addressing

/// A range that ClusterIPs come from: a prefix of a ServiceCIDR.
public struct AddressRange: Sendable, Hashable {
    /// The range.
    public let prefix: IPPrefix
    /// The first address that a Service can have: not that of the network.
    private let first: IPAddress
    var pool: AllocationPool

    /// IPv6 ranges have at least so long a prefix, as upstream's.
    private static let shortestIPv6Length = 64

    /// A range; nil for an IPv6 prefix that is shorter than 64 bits, and for one without addresses for Services.
    public init?(_ prefix: IPPrefix) {
        let hostBits = prefix.family.bitCount - prefix.length
        guard prefix.family == .ipv4 || prefix.length >= Self.shortestIPv6Length else { return nil }
        // Without the network's address, and in IPv4 without that of broadcasts.
        let unusable: UInt64 = prefix.family == .ipv4 ? 2 : 1
        let size: UInt64 = hostBits >= 64 ? .max : 1 << UInt64(hostBits)
        guard size > unusable, let first = prefix.address.successor else { return nil }
        self.prefix = prefix
        self.first = first
        let count = hostBits >= 64 ? size : size - unusable
        pool = AllocationPool(count: count, staticCount: Self.staticCount(of: count))
    }

    /// A sixteenth, but at least 16 and at most 256 addresses; none of a small range.
    private static func staticCount(of count: UInt64) -> UInt64 {
        let (least, most, part): (UInt64, UInt64, UInt64) = (16, 256, 16)
        return count <= least ? 0 : min(max(count / part, least), most)
    }

    /// The number of an address in the pool; nil for one that no Service can have.
    func number(of address: IPAddress) -> UInt64? {
        guard prefix.contains(address) else { return nil }
        switch (address, first) {
        case (.v4(let value), .v4(let start)):
            guard value >= start else { return nil }
            let number = UInt64(value - start)
            return number < pool.count ? number : nil
        case (.v6(_, let low), .v6(_, let start)):
            guard low >= start else { return nil }
            return low - start < pool.count ? low - start : nil
        default: return nil
        }
    }

    /// The address of a number in the pool.
    func address(_ number: UInt64) -> IPAddress {
        switch first {
        case .v4(let start): .v4(start &+ UInt32(truncatingIfNeeded: number))
        case .v6(let high, let start): .v6(high: high, low: start &+ number)
        }
    }
}
