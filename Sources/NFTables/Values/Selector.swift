public import Addressing

/// What a rule looks at: an expression with a type, such as `ip daddr`.
///
/// A rule loads it into registers (``Expression/load(_:into:)``), and a set can be declared by it (`typeof`), which
/// tells `nft` how to print the elements. The two need not be the same: a map declared with
/// ``randomNumber(modulus:)`` as a field may be looked up with a hash in its place.
public enum Selector: Sendable, Hashable {
    /// `ip saddr`, `ip6 saddr`.
    case sourceAddress(IPFamily)
    /// `ip daddr`, `ip6 daddr`.
    case destinationAddress(IPFamily)
    /// `meta l4proto`: the number of the transport protocol.
    case transportProtocol
    /// `th sport`: the source port of any transport protocol.
    case sourcePort
    /// `th dport`.
    case destinationPort
    /// `meta mark`.
    case mark
    /// `numgen random mod N`: a random number from 0 to N - 1.
    case randomNumber(modulus: UInt32)
    /// `ct original ip daddr`: where the first packet of the connection was going.
    case originalDestinationAddress(IPFamily)
    /// `ct original proto-dst`: the port that it was going to.
    case originalDestinationPort
}

extension Selector {
    /// The type of what it yields.
    public var dataType: DataType {
        switch self {
        case .sourceAddress(let family), .destinationAddress(let family), .originalDestinationAddress(let family):
            family == .ipv4 ? .ipv4Address : .ipv6Address
        case .transportProtocol: .inetProtocol
        case .sourcePort, .destinationPort, .originalDestinationPort: .inetService
        case .mark: .mark
        case .randomNumber: .integer
        }
    }

    /// The instruction that loads it.
    func expression(into register: Register) -> Expression {
        switch self {
        case .sourceAddress(.ipv4): .payload(.init(.network, offset: 12, byteCount: 4, into: register))
        case .sourceAddress(.ipv6): .payload(.init(.network, offset: 8, byteCount: 16, into: register))
        case .destinationAddress(.ipv4): .payload(.init(.network, offset: 16, byteCount: 4, into: register))
        case .destinationAddress(.ipv6): .payload(.init(.network, offset: 24, byteCount: 16, into: register))
        case .transportProtocol: .meta(.load(.transportProtocol, into: register))
        case .sourcePort: .payload(.init(.transport, offset: 0, byteCount: 2, into: register))
        case .destinationPort: .payload(.init(.transport, offset: 2, byteCount: 2, into: register))
        case .mark: .meta(.load(.mark, into: register))
        case .randomNumber(let modulus): .numberGenerator(.init(.random, modulus: modulus, into: register))
        case .originalDestinationAddress(.ipv4): .conntrack(.load(.destinationIPv4, .original, into: register))
        case .originalDestinationAddress(.ipv6): .conntrack(.load(.destinationIPv6, .original, into: register))
        case .originalDestinationPort: .conntrack(.load(.destinationPort, .original, into: register))
        }
    }
}
