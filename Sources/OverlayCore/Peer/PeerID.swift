/// Who a peer is, for good: 128 random bits, made once and kept on disk.
///
/// A name or an address may change or be given to another machine; this does not.
public struct PeerID: Sendable, Hashable {
    /// The first eight bytes, most significant first.
    public let high: UInt64
    /// The last eight bytes, most significant first.
    public let low: UInt64

    /// An identity from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identity.
    public static func random(using generator: inout some RandomNumberGenerator) -> PeerID {
        PeerID(high: generator.next(), low: generator.next())
    }

    /// The 16 bytes, in network order.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) } }
    }

    /// An identity from 16 bytes in network order; nil of another number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension PeerID: Comparable {
    /// By the bytes.
    public static func < (left: PeerID, right: PeerID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension PeerID: LosslessStringConvertible {
    /// The form of a UUID (RFC 9562): `1b4e28ba-2fa1-11d2-883f-0016d3cca427`.
    public var description: String {
        let digits = bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }

    /// An identity from the form of a UUID, in either case.
    public init?(_ text: String) {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12] else { return nil }
        var bytes: [UInt8] = []
        var pending: UInt8?
        for digit in groups.joined() {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            if let first = pending {
                bytes.append(first << 4 | UInt8(value))
                pending = nil
            } else {
                pending = UInt8(value)
            }
        }
        self.init(bytes: bytes)
    }
}

extension PeerID {
    /// The link-layer address of this peer's VXLAN device, six bytes: `02` (locally administered, unicast), then five
    /// that follow from the identity, so that every peer knows them without being told.
    public var tunnelLinkAddress: [UInt8] {
        // SplitMix64's finalizer (Steele, Lea, Flood 2014): every bit of the identity counts in each byte.
        var hash = high ^ (low << 32 | low >> 32) &* 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return [2] + (0..<5).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
    }
}
