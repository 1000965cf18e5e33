/// An IPv4 or IPv6 address, without a zone.
///
/// Prints canonically: dotted decimal, or RFC 5952.
public enum IPAddress: Sendable, Hashable {
    /// The 32 bits as a number: 10.0.0.1 is `0x0a000001`.
    case v4(UInt32)
    /// The 128 bits as two numbers, the first half first: 2001:db8::1 is `0x20010db8_00000000`, `1`.
    case v6(high: UInt64, low: UInt64)

    /// The address made of these bytes in network order; nil unless there are 4 or 16.
    public init?(networkBytes bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4:
            self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
            )
        default:
            return nil
        }
    }

    /// The family it belongs to.
    public var family: IPFamily {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }

    /// 4 or 16 bytes in network order.
    public var networkBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        appendNetworkBytes(to: &bytes)
        return bytes
    }

    /// Appends 4 or 16 bytes in network order.
    public func appendNetworkBytes(to bytes: inout [UInt8]) {
        switch self {
        case .v4(let value):
            for shift in stride(from: 24, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        case .v6(let high, let low):
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: high >> shift)) }
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: low >> shift)) }
        }
    }

    /// The address after this one; nil after the last of its family.
    public var successor: IPAddress? {
        switch self {
        case .v4(let value):
            return value == .max ? nil : .v4(value + 1)
        case .v6(let high, let low):
            let (nextLow, carried) = low.addingReportingOverflow(1)
            guard carried else { return .v6(high: high, low: nextLow) }
            return high == .max ? nil : .v6(high: high + 1, low: 0)
        }
    }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// 169.254.0.0/16 or fe80::/10.
    public var isLinkLocal: Bool {
        switch self {
        case .v4(let value): value >> 16 == 0xa9fe
        case .v6(let high, _): high >> 54 == 0x3fa
        }
    }

    /// 0.0.0.0 or ::.
    public var isUnspecified: Bool {
        switch self {
        case .v4(let value): value == 0
        case .v6(let high, let low): high == 0 && low == 0
        }
    }

    /// 224.0.0.0/4 or ff00::/8.
    public var isMulticast: Bool {
        switch self {
        case .v4(let value): value >> 28 == 0xe
        case .v6(let high, _): high >> 56 == 0xff
        }
    }
}

extension IPAddress: Comparable {
    /// IPv4 before IPv6, then by number.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        switch (left, right) {
        case (.v4(let a), .v4(let b)): a < b
        case (.v6(let highA, let lowA), .v6(let highB, let lowB)): (highA, lowA) < (highB, lowB)
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}
