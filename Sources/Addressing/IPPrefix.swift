/// An address range in CIDR form: the addresses that share the first `length` bits.
///
/// Always canonical: the bits after the prefix are zero.
public struct IPPrefix: Sendable, Hashable {
    /// The first address of the range.
    public let address: IPAddress
    /// Number of fixed bits: 0...32 or 0...128.
    public let length: Int

    /// The range of that length which contains `address`; nil where the length does not fit the family.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.family.bitCount).contains(length) else { return nil }
        self.length = length
        switch address {
        case .v4(let value):
            self.address = .v4(length == 0 ? 0 : value & (UInt32.max << UInt32(32 - length)))
        case .v6(let high, let low):
            self.address = .v6(
                high: length == 0 ? 0 : length >= 64 ? high : high & (UInt64.max << UInt64(64 - length)),
                low: length <= 64 ? 0 : low & (UInt64.max << UInt64(128 - length))
            )
        }
    }

    /// The range that holds this one address.
    public init(_ address: IPAddress) {
        self.address = address
        length = address.family.bitCount
    }

    /// The family of its addresses.
    public var family: IPFamily { address.family }

    /// The last address of the range.
    public var lastAddress: IPAddress {
        switch address {
        case .v4(let value):
            .v4(length == 0 ? .max : value | ~(UInt32.max << UInt32(32 - length)))
        case .v6(let high, let low):
            .v6(
                high: length == 0 ? .max : length >= 64 ? high : high | ~(UInt64.max << UInt64(64 - length)),
                low: length <= 64 ? .max : low | ~(UInt64.max << UInt64(128 - length))
            )
        }
    }

    /// Whether the address lies in the range; false for the other family.
    public func contains(_ other: IPAddress) -> Bool {
        other.family == family && IPPrefix(other, length: length)?.address == address
    }
}

extension IPPrefix: LosslessStringConvertible, CustomStringConvertible {
    /// Parses `address/length` with the address as ``IPAddress`` reads it; host bits are cleared, as Kubernetes'
    /// `ParseCIDRSloppy` does.
    public init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let digits = text[text.index(after: slash)...]
        guard
            let address = IPAddress(text[..<slash]),
            (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(digits)
        else { return nil }
        self.init(address, length: length)
    }

    /// `address/length`.
    public var description: String { "\(address)/\(length)" }
}

extension IPPrefix: Comparable {
    /// By first address, then the wider range first.
    public static func < (left: IPPrefix, right: IPPrefix) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}
