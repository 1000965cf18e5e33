/// Why bytes are not a probe frame.
public enum ProbeFrameError: Error, Sendable, Equatable {
    /// Fewer bytes than the header, or than the frame says it has.
    case truncated(byteCount: Int)
    /// It does not begin with `tr`.
    case notAProbe
    /// A version before the first, or a header shorter than the first version's.
    case unknownVersion(UInt8)
    /// A kind that only later versions know.
    case unknownKind(UInt8)
}

extension ProbeFrame {
    /// Size of the header, and of the smallest frame, in bytes.
    public static let headerByteCount = 104
    /// The largest frame, in bytes.
    public static let maximumByteCount = 65_535

    /// The frame's bytes, padded with zeros to `byteCount`.
    ///
    /// Big-endian: `tr`, version 1 (8 bits), kind (8), size of the header (16), size of the frame (16), sender (128),
    /// target (128), cookie (64), sequence (32), timestamp (64), way (8), agreed (8), zero (16), reception over VXLAN
    /// (32 last sequence, 32 count) and over WireGuard, subject (128), MTU (32), round trip (32). Later versions add
    /// fields after these and make the header longer.
    ///
    /// - Parameter byteCount: Between ``headerByteCount`` and ``maximumByteCount``; other sizes become the nearest.
    public func encode(byteCount: Int = headerByteCount) -> [UInt8] {
        let size = min(max(byteCount, Self.headerByteCount), Self.maximumByteCount)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        func append<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
            for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
            }
        }
        bytes += [UInt8(ascii: "t"), UInt8(ascii: "r"), Self.version, kind.rawValue]
        append(UInt16(Self.headerByteCount))
        append(UInt16(size))
        for peer in [sender, target] {
            append(peer.high)
            append(peer.low)
        }
        append(cookie)
        append(sequence)
        append(timestamp)
        bytes += [way.rawValue, isAgreed ? 1 : 0, 0, 0]
        for reception in [overVXLAN, overWireGuard] {
            append(reception.lastSequence)
            append(reception.count)
        }
        append(subject.high)
        append(subject.low)
        append(mtu)
        append(roundTripMicroseconds)
        bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        return bytes
    }

    /// Reads a frame that was received.
    ///
    /// - Parameter bytes: All of it; what follows the size that it says (Ethernet's own padding) is left alone.
    public init(decoding bytes: Span<UInt8>) throws(ProbeFrameError) {
        guard bytes.count >= Self.headerByteCount else { throw .truncated(byteCount: bytes.count) }
        var reader = Reader()
        guard reader.next(UInt16.self, in: bytes) == 0x7472 else { throw .notAProbe }
        let version = reader.next(UInt8.self, in: bytes)
        guard version >= Self.version else { throw .unknownVersion(version) }
        let number = reader.next(UInt8.self, in: bytes)
        guard let kind = Kind(rawValue: number) else { throw .unknownKind(number) }
        let headerSize = Int(reader.next(UInt16.self, in: bytes))
        let size = Int(reader.next(UInt16.self, in: bytes))
        guard headerSize >= Self.headerByteCount else { throw .unknownVersion(version) }
        guard size >= headerSize, bytes.count >= size else { throw .truncated(byteCount: bytes.count) }
        self.init(kind: kind, sender: reader.nextPeer(in: bytes), target: reader.nextPeer(in: bytes))
        cookie = reader.next(UInt64.self, in: bytes)
        sequence = reader.next(UInt32.self, in: bytes)
        timestamp = reader.next(UInt64.self, in: bytes)
        way = Way(rawValue: reader.next(UInt8.self, in: bytes)) ?? .none
        isAgreed = reader.next(UInt8.self, in: bytes) == 1
        _ = reader.next(UInt16.self, in: bytes)
        overVXLAN = reader.nextReception(in: bytes)
        overWireGuard = reader.nextReception(in: bytes)
        subject = reader.nextPeer(in: bytes)
        mtu = reader.next(UInt32.self, in: bytes)
        roundTripMicroseconds = reader.next(UInt32.self, in: bytes)
    }

    private static var version: UInt8 { 1 }

    /// Takes one field after the other; the caller has checked that the header is there.
    private struct Reader {
        private var offset = 0

        mutating func next<Value: FixedWidthInteger>(_: Value.Type, in bytes: Span<UInt8>) -> Value {
            var value: UInt64 = 0
            for _ in 0..<Value.bitWidth / 8 {
                value = value << 8 | UInt64(bytes[offset])
                offset += 1
            }
            return Value(truncatingIfNeeded: value)
        }

        mutating func nextPeer(in bytes: Span<UInt8>) -> PeerID {
            PeerID(high: next(UInt64.self, in: bytes), low: next(UInt64.self, in: bytes))
        }

        mutating func nextReception(in bytes: Span<UInt8>) -> Reception {
            Reception(lastSequence: next(UInt32.self, in: bytes), count: next(UInt32.self, in: bytes))
        }
    }
}
