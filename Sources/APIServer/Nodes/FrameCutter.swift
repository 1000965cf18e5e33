import NIOCore

/// Cuts a stream of WebSocket frames where frames begin, without looking into them.
///
/// Clients that wait for bytes on the socket, and not on TLS, miss a frame that came in one TLS record with the frame
/// before: the official Python client is one. Written apart, frames are records of their own.
///
/// Source: RFC 6455, section 5.2.
struct FrameCutter: Sendable {
    /// The beginning of a frame's head, as far as it has come.
    private var head: [UInt8] = []
    /// How many bytes of the frame's payload have not come yet.
    private var left: UInt64 = 0

    /// The pieces of some bytes, none of which holds bytes of two frames; together they are the bytes.
    mutating func cut(_ bytes: ByteBuffer) -> [ByteBuffer] {
        var rest = bytes
        var pieces: [ByteBuffer] = []
        while rest.readableBytes > 0 {
            var count = 0
            let view = rest.readableBytesView
            for byte in view {
                // The head's bytes are looked at, those of the payload counted.
                guard left == 0 else { break }
                head.append(byte)
                count += 1
                guard let length = Self.payloadLength(head) else { continue }
                head = []
                left = length
                // A frame without payload ends with its head.
                break
            }
            let payload = Int(min(left, UInt64(rest.readableBytes - count)))
            left -= UInt64(payload)
            guard let piece = rest.readSlice(length: count + payload) else { break }
            pieces.append(piece)
        }
        return pieces
    }

    /// How long the payload is, its mask included where it has one; nil before the head is complete.
    private static func payloadLength(_ head: [UInt8]) -> UInt64? {
        guard head.count >= 2 else { return nil }
        let mask: UInt64 = head[1] & 0x80 != 0 ? 4 : 0
        let short = head[1] & 0x7f
        let byteCount = short == 127 ? 8 : short == 126 ? 2 : 0
        guard head.count == 2 + byteCount else { return nil }
        guard byteCount > 0 else { return UInt64(short) + mask }
        let length = head[2...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length.addingReportingOverflow(mask).overflow ? .max : length + mask
    }
}
