internal import CNetfilter

/// A message that was received, in the buffer that it was received into: to be read before the next one is received.
@safe struct ReceivedMessage {
    /// The message from its first header on; complete, and begins at a multiple of four.
    private let bytes: UnsafeRawBufferPointer

    /// The first message in those bytes; nil where it is cut off, or too short to be one.
    init?(firstOf datagram: UnsafeRawBufferPointer) {
        guard datagram.count >= Self.headerByteCount else { return nil }
        // In bounds: the header is there.
        let length = unsafe Int(datagram.loadUnaligned(as: UInt32.self))
        guard (Self.headerByteCount...datagram.count).contains(length) else { return nil }
        unsafe bytes = UnsafeRawBufferPointer(rebasing: datagram[..<length])
    }

    /// Calls `body` with each message of a datagram.
    static func forEach(in datagram: UnsafeRawBufferPointer, _ body: (ReceivedMessage) -> Void) {
        var rest = unsafe datagram
        while let message = unsafe ReceivedMessage(firstOf: rest) {
            body(message)
            let length = unsafe (message.bytes.count + 3) & ~3
            guard length < rest.count else { return }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
    }

    /// Size of `struct nlmsghdr`.
    private static let headerByteCount = 16

    /// `nlmsg_type`.
    var type: UInt16 { unsafe bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self) }
    /// `nlmsg_flags`.
    var flags: UInt16 { unsafe bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self) }
    /// `nlmsg_seq`.
    var sequence: UInt32 { unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self) }
    /// `nlmsg_pid`: in a notification, who caused it.
    var portID: UInt32 { unsafe bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self) }

    /// Which message of nftables it is; nil for others.
    var messageType: MessageType? { MessageType(netlinkType: type) }

    /// `nfgen_family`; nil for one that is not known.
    var family: TableFamily? {
        guard unsafe bytes.count >= MessageBuffer.headerByteCount else { return nil }
        return unsafe TableFamily(rawValue: bytes[16])
    }

    /// The attributes of a message of nftables.
    var attributes: AttributeList {
        unsafe AttributeList(bytes.dropFirst(MessageBuffer.headerByteCount))
    }

    /// Calls libnftnl with the message.
    func read(into object: borrowing some LibraryObject & ~Copyable) -> Bool {
        // Complete, see `forEach(in:_:)`, and aligned: the buffer begins at a multiple of eight.
        guard let start = unsafe bytes.baseAddress else { return false }
        return unsafe object.read(start.assumingMemoryBound(to: nlmsghdr.self))
    }

    /// What an answer says, where the message is one (`NLMSG_ERROR`, `NLMSG_DONE`).
    var answer: Answer? {
        guard type == NLMSG_ERROR || type == NLMSG_DONE else { return nil }
        // A dump may end without a number, which means success.
        guard unsafe bytes.count >= 20 else { return type == NLMSG_DONE ? Answer(errno: 0) : nil }
        // In bounds: checked just above.
        var answer = unsafe Answer(errno: 0 &- bytes.loadUnaligned(fromByteOffset: 16, as: Int32.self))
        guard flags & UInt16(NLM_F_ACK_TLVS) != 0, type == NLMSG_ERROR, unsafe bytes.count >= 36 else { return answer }
        // The header of the request follows, and all of it unless it was left out.
        let request = unsafe Int(bytes.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
        let skipped = 20 + (flags & UInt16(NLM_F_CAPPED) != 0 ? 16 : (request + 3) & ~3)
        guard unsafe skipped <= bytes.count else { return answer }
        for attribute in unsafe AttributeList(bytes.dropFirst(skipped)) {
            switch attribute.type {
            case UInt16(NLMSGERR_ATTR_MSG.rawValue): answer.message = attribute.string
            case UInt16(NLMSGERR_ATTR_OFFS.rawValue): answer.offset = attribute.hostUInt32.map(Int.init)
            default: break
            }
        }
        return answer
    }

    /// What the kernel answers to a request.
    struct Answer {
        /// 0 for success.
        var errno: Int32
        /// The kernel's words.
        var message: String?
        /// Where in the request the fault lies, in bytes from its first header.
        var offset: Int?
    }
}
