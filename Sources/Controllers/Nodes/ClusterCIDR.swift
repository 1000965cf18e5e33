public import Addressing

/// A range that nodes' pod addresses are taken from: each node gets a part of a fixed size.
public struct ClusterCIDR: Sendable, Hashable {
    /// How many more bits a node's prefix may have than the cluster's, as upstream: 65,536 nodes.
    public static let bitLimit = 16

    /// The whole range.
    public let range: IPPrefix
    /// The length of a node's prefix.
    public let nodeLength: Int

    /// A range and the length of nodes' prefixes; nil where the length is less than the range's, more than 16 bits
    /// longer, or longer than an address.
    public init?(_ range: IPPrefix, nodeLength: Int) {
        guard nodeLength >= range.length, nodeLength - range.length <= Self.bitLimit,
            nodeLength <= range.family.bitCount
        else { return nil }
        self.range = range
        self.nodeLength = nodeLength
    }

    /// A range in CIDR form; nil where it is none, or the length does not fit it.
    public init?(_ text: String, nodeLength: Int) {
        guard let range = IPPrefix(text) else { return nil }
        self.init(range, nodeLength: nodeLength)
    }

    /// How many nodes it is enough for.
    public var count: Int { 1 << (nodeLength - range.length) }

    /// The prefix of that number; nil past the end.
    func prefix(at index: Int) -> IPPrefix? {
        guard (0..<count).contains(index) else { return nil }
        let bits = range.family.bitCount
        let offset = nodeLength == 0 ? 0 : UInt128(index) << UInt128(bits - nodeLength)
        return IPPrefix(Self.address(Self.number(range.address) &+ offset, range.family), length: nodeLength)
    }

    /// The numbers of the prefixes that a prefix overlaps; nil where it does not lie in the range.
    func indices(of prefix: IPPrefix) -> ClosedRange<Int>? {
        guard prefix.family == range.family else { return nil }
        if prefix.length <= range.length {
            return prefix.contains(range.address) ? 0...(count - 1) : nil
        }
        guard range.contains(prefix.address) else { return nil }
        let shift = UInt128(range.family.bitCount - nodeLength)
        let base = Self.number(range.address)
        let first = (Self.number(prefix.address) &- base) >> shift
        let last = (Self.number(prefix.lastAddress) &- base) >> shift
        return Int(truncatingIfNeeded: first)...Int(truncatingIfNeeded: last)
    }

    private static func number(_ address: IPAddress) -> UInt128 {
        switch address {
        case .v4(let value): UInt128(value)
        case .v6(let high, let low): UInt128(high) << 64 | UInt128(low)
        }
    }

    private static func address(_ number: UInt128, _ family: IPFamily) -> IPAddress {
        switch family {
        case .ipv4: .v4(UInt32(truncatingIfNeeded: number))
        case .ipv6: .v6(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
        }
    }
}
