/// Walks the attributes (`struct nlattr`) of one netlink message body.
///
/// Bytes are host-endian except where the attribute's definition says network order.
/// Layout: `include/uapi/linux/netlink.h`, "netlink attributes".
public struct AttributeReader: Sendable {
    /// One attribute: its type without flags, and where its payload lies in the body.
    public struct Attribute: Sendable, Equatable {
        /// Attribute number with `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER` masked off.
        public var type: UInt16
        /// Byte offsets of the payload, from the start of the body; padding excluded.
        public var payload: Range<Int>

        /// An attribute at that place.
        public init(type: UInt16, payload: Range<Int>) {
            self.type = type
            self.payload = payload
        }
    }

    /// Next unread byte, from the start of the body.
    private var offset: Int
    /// One past the last byte that belongs to these attributes; nil is the end of the body.
    private let end: Int?

    /// A reader of the attributes from `offset` on: the size of the protocol's fixed header.
    public init(from offset: Int = 0) {
        self.offset = offset
        end = nil
    }

    /// A reader of the attributes nested in `attribute`; the body stays the same.
    public init(nestedIn attribute: Attribute) {
        offset = attribute.payload.lowerBound
        end = attribute.payload.upperBound
    }

    /// Returns the next attribute, or nil at the end.
    ///
    /// - Parameter body: The message after its header; the same bytes on every call.
    /// - Throws: `.truncated` where `nla_len` is shorter than a header or runs past the end.
    public mutating func next(in body: RawSpan) throws(MessageError) -> Attribute? {
        let headerSize = 4
        let end = min(self.end ?? body.byteCount, body.byteCount)
        guard offset < end else { return nil }
        guard offset + headerSize <= end else { throw .truncated(at: offset) }
        // In bounds: the four header bytes were checked above.
        let length = Int(unsafe body.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
        let type = unsafe body.unsafeLoadUnaligned(fromByteOffset: offset + 2, as: UInt16.self)
        guard length >= headerSize, offset + length <= end else { throw .truncated(at: offset) }
        let payload = (offset + headerSize)..<(offset + length)
        offset += (length + 3) & ~3  // NLA_ALIGN
        return Attribute(type: type & 0x3fff, payload: payload)
    }
}
