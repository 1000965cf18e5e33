/// The header of one received message (`struct nlmsghdr`), and where its body lies.
public struct MessageHeader: Sendable, Equatable {
    /// What the body is (`nlmsg_type`): below 16 netlink's own, else the protocol's.
    public var type: UInt16
    /// `nlmsg_flags`.
    public var flags: MessageFlags
    /// The sequence number of the request it answers; 0 in notifications.
    public var sequence: UInt32
    /// The port of the socket whose request caused it (`nlmsg_pid`).
    public var portID: UInt32
    /// Byte offsets of the body in the datagram; padding excluded.
    public var body: Range<Int>

    /// Nothing (`NLMSG_NOOP`).
    public static let noop: UInt16 = 1
    /// An error or, with errno 0, an acknowledgement (`NLMSG_ERROR`).
    public static let error: UInt16 = 2
    /// The end of a multipart reply (`NLMSG_DONE`).
    public static let done: UInt16 = 3
    /// Data was lost (`NLMSG_OVERRUN`).
    public static let overrun: UInt16 = 4
}

/// Walks the messages of one received datagram.
public struct MessageReader: Sendable {
    /// Next unread byte.
    private var offset = 0

    /// A reader at the first message.
    public init() {}

    /// Returns the next message's header, or nil at the end.
    ///
    /// - Parameter datagram: What one receive gave; the same bytes on every call.
    /// - Throws: `.truncated` where `nlmsg_len` is shorter than a header or runs past the end.
    public mutating func next(in datagram: RawSpan) throws(MessageError) -> MessageHeader? {
        let headerSize = MessageWriter.headerByteCount
        guard offset < datagram.byteCount else { return nil }
        guard offset + headerSize <= datagram.byteCount else { throw .truncated(at: offset) }
        // In bounds: the sixteen header bytes were checked above.
        let length = Int(unsafe datagram.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let type = unsafe datagram.unsafeLoadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)
        let flags = unsafe datagram.unsafeLoadUnaligned(fromByteOffset: offset + 6, as: UInt16.self)
        let sequence = unsafe datagram.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)
        let portID = unsafe datagram.unsafeLoadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)
        guard length >= headerSize, offset + length <= datagram.byteCount else { throw .truncated(at: offset) }
        let body = (offset + headerSize)..<(offset + length)
        offset += (length + 3) & ~3  // NLMSG_ALIGN
        return MessageHeader(
            type: type,
            flags: MessageFlags(rawValue: flags),
            sequence: sequence,
            portID: portID,
            body: body
        )
    }
}
