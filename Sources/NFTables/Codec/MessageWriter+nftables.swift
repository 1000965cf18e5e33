internal import CNetfilter
internal import Netlink

/// `struct nfgenmsg`, the header of nftables' messages behind netlink's own.
struct FamilyHeader: BitwiseCopyable {
    /// `NFPROTO_*`.
    var family: UInt8
    /// `NFNETLINK_V0`.
    var version = UInt8(NFNETLINK_V0)
    /// `res_id`, in network order: a batch's subsystem, or the low half of the generation.
    var resource: UInt16 = 0

    /// Size on the wire.
    static let byteCount = 4
}

extension MessageWriter {
    /// Writes a message of nftables, whose attributes `body` writes.
    mutating func message(
        _ type: MessageType,
        _ flags: MessageFlags = [],
        sequence: UInt32 = 0,
        family: TableFamily?,
        _ body: (inout MessageWriter) -> Void = { _ in }
    ) {
        message(type: type.netlinkType, flags: flags, sequence: sequence) { writer in
            writer.fixedHeader(FamilyHeader(family: family?.rawValue ?? UInt8(NFPROTO_UNSPEC)))
            body(&writer)
        }
    }

    /// Writes the begin or the end of a batch.
    mutating func batch(_ type: Int32, sequence: UInt32, _ body: (inout MessageWriter) -> Void = { _ in }) {
        message(type: UInt16(type), flags: [], sequence: sequence) { writer in
            let header = FamilyHeader(family: UInt8(AF_UNSPEC), resource: UInt16(NFNL_SUBSYS_NFTABLES).bigEndian)
            writer.fixedHeader(header)
            body(&writer)
        }
    }

    /// Writes an object as a message of nftables.
    ///
    /// - Parameter byteEstimate: At least the bytes of its attributes; libnftnl does not check.
    mutating func message(
        _ type: MessageType,
        _ flags: MessageFlags,
        sequence: UInt32,
        family: TableFamily,
        byteEstimate: Int,
        _ object: borrowing some LibraryObject & ~Copyable
    ) {
        let capacity = Self.headerByteCount + FamilyHeader.byteCount + byteEstimate
        unsafe withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return }
            // libnftnl writes the headers, then the attributes behind them, and counts both in the header.
            guard
                let message = unsafe nftnl_nlmsg_build_hdr(
                    start.assumingMemoryBound(to: CChar.self),
                    UInt16(type.rawValue),
                    UInt16(family.rawValue),
                    flags.rawValue,
                    sequence
                )
            else { return }
            unsafe object.write(to: message)
            let length = unsafe Int(message.pointee.nlmsg_len)
            precondition(length <= capacity, "invariant: an object's message fits its estimate")
            // In bounds: checked just above.
            unsafe append(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
        }
    }

    /// Writes the bytes of a value as an attribute.
    @inline(__always)
    mutating func attribute(_ type: UInt16, _ value: RegisterValue) {
        // In bounds: the bytes live during the call.
        unsafe value.withBytes { unsafe attribute(type, bytes: $0.bytes) }
    }
}

extension LibraryObject where Self: ~Copyable {
    /// Reads a message that was received; false where libnftnl cannot.
    func read(_ header: MessageHeader, _ body: RawSpan) -> Bool {
        let length = MessageWriter.headerByteCount + body.byteCount
        // libnftnl wants the message in one piece, which reading takes apart.
        return unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return false }
            let message = unsafe start.assumingMemoryBound(to: nlmsghdr.self)
            unsafe message.initialize(
                to: nlmsghdr(
                    nlmsg_len: UInt32(length),
                    nlmsg_type: header.type,
                    nlmsg_flags: header.flags.rawValue,
                    nlmsg_seq: header.sequence,
                    nlmsg_pid: header.portID
                )
            )
            // In bounds: the buffer was made for the header and the body.
            unsafe body.withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress else { return }
                unsafe (start + MessageWriter.headerByteCount).copyMemory(from: source, byteCount: bytes.count)
            }
            return unsafe read(message)
        }
    }
}
