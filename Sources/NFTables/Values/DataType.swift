/// The type of one field of a key or of a value, as `nft` numbers it (`enum datatypes`).
///
/// The kernel stores the number without looking at it; `nft` prints elements by it.
public struct DataType: Sendable, Hashable {
    /// Number in nft's table.
    public var number: UInt32
    /// Size of a value in bytes, without padding.
    public var byteCount: Int
    /// How nft is told to read its bytes.
    public var byteOrder: ByteOrder

    /// Order of the bytes of a number; the raw value is nft's (`enum byteorder`).
    public enum ByteOrder: UInt32, Sendable, Hashable {
        /// Not said, as in a concatenation.
        case unspecified = 0
        /// The host's.
        case host = 1
        /// Network order.
        case network = 2
    }

    /// A type.
    public init(number: UInt32, byteCount: Int, byteOrder: ByteOrder) {
        self.number = number
        self.byteCount = byteCount
        self.byteOrder = byteOrder
    }

    /// A number of 32 bits, such as a slot: what `numgen` and `jhash` yield.
    public static let integer = DataType(number: 4, byteCount: 4, byteOrder: .host)
    /// `ipv4_addr`.
    public static let ipv4Address = DataType(number: 7, byteCount: 4, byteOrder: .network)
    /// `ipv6_addr`.
    public static let ipv6Address = DataType(number: 8, byteCount: 16, byteOrder: .network)
    /// `inet_proto`: an IP protocol number.
    public static let inetProtocol = DataType(number: 12, byteCount: 1, byteOrder: .network)
    /// `inet_service`: a port.
    public static let inetService = DataType(number: 13, byteCount: 2, byteOrder: .network)
    /// `mark`: a packet or connection mark.
    public static let mark = DataType(number: 19, byteCount: 4, byteOrder: .host)
    /// `ifname`: an interface's name, padded with zero bytes.
    public static let interfaceName = DataType(number: 41, byteCount: 16, byteOrder: .host)
}
