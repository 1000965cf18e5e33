import Crypto
import OverlayCore

/// A batch of entries in the store's file, which is either there as a whole or not at all.
///
/// Layout, numbers in network order: `TMf1`, length of the payload (4 bytes), the first 8 bytes of the payload's
/// SHA-256, payload. The payload is entries: kind (1), length of the name (1), version (8), length of the value (4),
/// name, value.
enum StoreFrame {
    /// What a frame begins with.
    static let magic = Array("TMf1".utf8)
    /// Bytes before the payload.
    static let headerByteCount = 16
    /// Bytes of a payload at most.
    static let payloadLimit = 64 << 20
    private static let entryHeaderByteCount = 14

    /// A frame with the entries.
    ///
    /// An entry whose name has more than 255 bytes is left out: no message could have brought it.
    static func encode(_ entries: some Sequence<ReplicatedEntry>) -> [UInt8] {
        var payload: [UInt8] = []
        for entry in entries {
            guard
                let nameCount = UInt8(exactly: entry.key.name.count),
                let valueCount = UInt32(exactly: entry.value.count)
            else { continue }
            payload.append(entry.key.kind.rawValue)
            payload.append(nameCount)
            payload.appendBigEndian(entry.version)
            payload.appendBigEndian(valueCount)
            payload += entry.key.name
            payload += entry.value
        }
        var frame = magic
        frame.appendBigEndian(UInt32(truncatingIfNeeded: payload.count))
        frame += checksum(of: payload[...])
        frame += payload
        return frame
    }

    /// The entries of the frame that begins at `offset`, and where it ends; nil if no whole frame does.
    static func decode(_ bytes: [UInt8], at offset: Int) -> (entries: [ReplicatedEntry], end: Int)? {
        guard bytes.count - offset >= headerByteCount, bytes[offset..<offset + 4].elementsEqual(magic) else {
            return nil
        }
        let byteCount = Int(UInt32(bigEndian: bytes[(offset + 4)..<(offset + 8)]))
        let start = offset + headerByteCount
        guard byteCount <= payloadLimit, byteCount <= bytes.count - start else { return nil }
        let payload = bytes[start..<(start + byteCount)]
        guard bytes[(offset + 8)..<start].elementsEqual(checksum(of: payload)) else { return nil }
        guard let entries = entries(in: payload) else { return nil }
        return (entries, payload.endIndex)
    }

    private static func entries(in payload: ArraySlice<UInt8>) -> [ReplicatedEntry]? {
        var entries: [ReplicatedEntry] = []
        var rest = payload
        while !rest.isEmpty {
            guard rest.count >= entryHeaderByteCount else { return nil }
            let start = rest.startIndex
            let nameCount = Int(rest[start + 1])
            let valueCount = Int(UInt32(bigEndian: rest[(start + 10)..<(start + 14)]))
            guard nameCount + valueCount <= rest.count - entryHeaderByteCount else { return nil }
            let nameStart = start + entryHeaderByteCount
            let valueStart = nameStart + nameCount
            entries.append(
                ReplicatedEntry(
                    key: .init(kind: .init(rawValue: rest[start]), name: Array(rest[nameStart..<valueStart])),
                    version: UInt64(bigEndian: rest[(start + 2)..<(start + 10)]),
                    value: Array(rest[valueStart..<(valueStart + valueCount)])
                )
            )
            rest = rest[(valueStart + valueCount)...]
        }
        return entries
    }

    private static func checksum(of payload: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: payload).prefix(8))
    }
}
