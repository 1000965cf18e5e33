internal import CNetfilter

/// Netlink messages, one after the other, in memory of its own that grows.
///
/// Layout of a message: `struct nlmsghdr`, `struct nfgenmsg`, attributes (`struct nlattr`); all begin at multiples of
/// four.
@safe struct MessageBuffer: ~Copyable {
    /// The first byte; `capacity` bytes belong to this buffer.
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// Bytes that are in use.
    private(set) var count = 0

    /// Size of `struct nlmsghdr` and `struct nfgenmsg` together.
    static let headerByteCount = 20

    init(capacity: Int) {
        self.capacity = max(capacity, 4096)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 8)
    }

    deinit { unsafe base.deallocate() }

    /// Forgets the messages and keeps the memory.
    mutating func clear() { count = 0 }

    /// Calls `body` with the messages, which are valid only during the call.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // In bounds: `count` never exceeds `capacity`.
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Makes room for that many bytes after those in use.
    mutating func reserve(_ byteCount: Int) {
        guard count + byteCount > capacity else { return }
        let larger = max(capacity * 2, count + byteCount)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        // In bounds: `count` bytes are in use here, and fit there.
        unsafe moved.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }

    /// Appends a message whose attributes `body` writes behind its headers.
    ///
    /// - Parameter reserving: At least the bytes that `body` writes.
    mutating func append(
        _ header: MessageHeader,
        reserving byteCount: Int,
        _ body: (inout AttributeWriter) -> Void
    ) {
        reserve(Self.headerByteCount + byteCount + 4)
        // In bounds: room for the headers and the body was made just above.
        let start = unsafe base + count
        unsafe header.store(at: start)
        var writer = unsafe AttributeWriter(start + Self.headerByteCount)
        body(&writer)
        let length = unsafe writer.position - start
        unsafe start.storeBytes(of: UInt32(length), as: UInt32.self)
        finishMessage(length)
    }

    /// Appends a message whose attributes libnftnl writes: it appends to the message and adds to its length.
    ///
    /// - Parameter reserving: At least the bytes that libnftnl writes, which it does not check.
    mutating func appendByLibrary(
        _ header: MessageHeader,
        reserving byteCount: Int,
        _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
    ) {
        reserve(Self.headerByteCount + byteCount + 4)
        // In bounds: room for the headers and the body was made just above.
        let start = unsafe base + count
        unsafe header.store(at: start)
        // The memory is aligned to 8, messages to 4, as `struct nlmsghdr` needs.
        let message = unsafe start.assumingMemoryBound(to: nlmsghdr.self)
        unsafe body(message)
        finishMessage(unsafe Int(message.pointee.nlmsg_len))
    }

    /// Adds flags to the message that begins there.
    mutating func setFlags(_ flags: UInt16, ofMessageAt offset: Int) {
        precondition(offset >= 0 && offset + Self.headerByteCount <= count, "no message begins at \(offset)")
        // In bounds: checked above. `nlmsg_flags` lies at 6.
        let present = unsafe base.load(fromByteOffset: offset + 6, as: UInt16.self)
        unsafe base.storeBytes(of: present | flags, toByteOffset: offset + 6, as: UInt16.self)
    }

    private mutating func finishMessage(_ length: Int) {
        precondition(count + length <= capacity, "a message is longer than what was reserved for it")
        count += (length + 3) & ~3
    }
}

/// The fixed headers of a message of nftables.
struct MessageHeader {
    /// `nlmsg_type`: subsystem and message.
    var type: UInt16
    /// `nlmsg_flags` (`NLM_F_*`); that it is a request is added.
    var flags: UInt16 = 0
    /// `nlmsg_seq`, by which answers are told apart.
    var sequence: UInt32
    /// `nfgen_family`.
    var family: UInt8
    /// `res_id`, in network order on the wire.
    var resource: UInt16 = 0

    /// A message of nftables (`NFT_MSG_*`).
    init(_ message: MessageType, flags: UInt16 = 0, sequence: UInt32, family: TableFamily?) {
        type = message.netlinkType
        self.flags = flags
        self.sequence = sequence
        self.family = family?.rawValue ?? UInt8(NFPROTO_UNSPEC)
    }

    /// A message that begins or ends a batch.
    init(batch type: Int32, flags: UInt16 = 0, sequence: UInt32) {
        self.type = UInt16(type)
        self.flags = flags
        self.sequence = sequence
        family = UInt8(AF_UNSPEC)
        resource = UInt16(NFNL_SUBSYS_NFTABLES)
    }

    /// Writes the headers; `nlmsg_len` counts them alone. Room for 20 bytes is the caller's.
    fileprivate func store(at start: UnsafeMutableRawPointer) {
        unsafe start.storeBytes(of: UInt32(MessageBuffer.headerByteCount), as: UInt32.self)
        unsafe start.storeBytes(of: type, toByteOffset: 4, as: UInt16.self)
        unsafe start.storeBytes(of: flags | UInt16(NLM_F_REQUEST), toByteOffset: 6, as: UInt16.self)
        unsafe start.storeBytes(of: sequence, toByteOffset: 8, as: UInt32.self)
        unsafe start.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
        unsafe start.storeBytes(of: family, toByteOffset: 16, as: UInt8.self)
        unsafe start.storeBytes(of: UInt8(NFNETLINK_V0), toByteOffset: 17, as: UInt8.self)
        unsafe start.storeBytes(of: resource.bigEndian, toByteOffset: 18, as: UInt16.self)
    }
}
