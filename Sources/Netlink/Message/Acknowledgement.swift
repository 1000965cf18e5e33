/// The kernel's verdict on one request: the body of `NLMSG_ERROR`, or of the `NLMSG_DONE` that ends a dump.
public struct Acknowledgement: Sendable, Equatable {
    /// The sequence number of the request.
    public var sequence: UInt32
    /// 0 for success, else the error number, positive.
    public var errno: Int32
    /// The kernel's explanation (`NLMSGERR_ATTR_MSG`); may come with success, as a warning.
    public var message: String?
    /// Where in the request the fault lies, from the start of its header (`NLMSGERR_ATTR_OFFS`).
    public var offset: UInt32?

    /// An acknowledgement of these parts.
    public init(sequence: UInt32, errno: Int32, message: String? = nil, offset: UInt32? = nil) {
        self.sequence = sequence
        self.errno = errno
        self.message = message
        self.offset = offset
    }

    /// Reads the body of an `NLMSG_ERROR` or `NLMSG_DONE`.
    ///
    /// - Throws: `.truncated` where the body is shorter than its parts.
    public init(header: MessageHeader, body: RawSpan) throws(MessageError) {
        sequence = header.sequence
        // A dump that was done before it began may lack the error number.
        if header.type == MessageHeader.done, body.byteCount < 4 {
            errno = 0
            return
        }
        let code = try body.fixedHeader(as: Int32.self)
        errno = code == .min ? .max : abs(code)
        guard header.flags.contains(.acknowledgeAttributes) else { return }

        var start = 4
        if header.type == MessageHeader.error {
            guard body.byteCount >= 8 else { throw .truncated(at: 4) }
            // In bounds: checked above. The quoted request is its header alone where capped.
            let quoted = Int(unsafe body.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self))
            start += header.flags.contains(.capped) ? MessageWriter.headerByteCount : (quoted + 3) & ~3
        }
        var missing: UInt32?
        var reader = AttributeReader(from: start)
        while let attribute = try reader.next(in: body) {
            switch attribute.type {
            case 1: message = try body.string(attribute)  // NLMSGERR_ATTR_MSG
            case 2: offset = try body.integer(attribute)  // NLMSGERR_ATTR_OFFS
            case 5: missing = try body.integer(attribute)  // NLMSGERR_ATTR_MISS_TYPE
            default: break
            }
        }
        if let missing {
            let text = "attribute \(missing) is missing"
            message = message.map { "\($0) (\(text))" } ?? text
        }
    }

    /// The failure it reports; nil for success.
    public func failure(of operation: String) -> NetlinkError? {
        errno == 0 ? nil : NetlinkError(operation: operation, errno: errno, message: message, offset: offset)
    }
}
