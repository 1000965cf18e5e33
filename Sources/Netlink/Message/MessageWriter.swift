public import Addressing
import Glibc

/// A growing buffer in which netlink messages are written one after the other.
///
/// Messages, attributes and nests get their lengths when their closure returns. Bytes are host-endian except where
/// a method says otherwise. Layout: `include/uapi/linux/netlink.h`.
///
/// Safe: every store goes through ``extend(by:)``, which makes the room first.
@safe
public struct MessageWriter: ~Copyable, @unchecked Sendable {
    /// Owned; `capacity` bytes from malloc, the first `byteCount` of them written.
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int

    @usableFromInline var written = 0

    /// Number of bytes written.
    @inlinable public var byteCount: Int { written }

    /// Size of `struct nlmsghdr`.
    public static let headerByteCount = 16

    /// An empty buffer with room for `capacity` bytes; it grows as needed.
    public init(capacity: Int = 512) {
        let size = max(capacity, 64)
        guard let memory = unsafe malloc(size) else {
            fatalError("invariant: out of memory for \(size) bytes of netlink messages")
        }
        unsafe base = memory
        self.capacity = size
    }

    deinit {
        unsafe free(base)
    }

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() {
        written = 0
    }

    // MARK: Messages

    /// Writes one message: its header, then what `body` writes.
    ///
    /// - Parameters:
    ///   - type: `nlmsg_type`.
    ///   - flags: `nlmsg_flags`; `.request` is added.
    ///   - sequence: `nlmsg_seq`; a socket's `request` and `dump` put their own.
    ///   - body: Writes the protocol's fixed header, then attributes.
    @inlinable
    public mutating func message<Failure: Error>(
        type: UInt16,
        flags: MessageFlags,
        sequence: UInt32 = 0,
        _ body: (inout MessageWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let start = byteCount
        let header = unsafe extend(by: 16)
        // In bounds: `extend` made room for the header's 16 bytes.
        unsafe header.storeBytes(of: 16, as: UInt32.self)
        unsafe header.storeBytes(of: type, toByteOffset: 4, as: UInt16.self)
        unsafe header.storeBytes(of: flags.rawValue | 1, toByteOffset: 6, as: UInt16.self)
        unsafe header.storeBytes(of: sequence, toByteOffset: 8, as: UInt32.self)
        unsafe header.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
        try body(&self)
        // In bounds: the header at `start` was written above.
        unsafe base.storeBytes(of: UInt32(byteCount - start), toByteOffset: start, as: UInt32.self)
    }

    /// Writes a protocol's fixed header as it lies in memory, padded to 4 bytes.
    @inlinable
    public mutating func fixedHeader<Header: BitwiseCopyable>(_ header: Header) {
        let size = MemoryLayout<Header>.size
        let place = unsafe extend(by: size)
        // In bounds: `extend` made room for `size` bytes.
        unsafe place.storeBytes(of: header, as: Header.self)
    }

    // MARK: Attributes

    /// Writes an integer attribute, host-endian; pass `.bigEndian` of it where the kernel wants network order.
    @inlinable
    public mutating func attribute<Value: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16, _ value: Value) {
        let place = unsafe startAttribute(type, byteCount: MemoryLayout<Value>.size)
        // In bounds: `startAttribute` made room for the payload.
        unsafe place.storeBytes(of: value, as: Value.self)
    }

    /// Writes a fixed struct as an attribute, as it lies in memory.
    @inlinable
    public mutating func attribute<Value: BitwiseCopyable>(_ type: UInt16, structure value: Value) {
        let place = unsafe startAttribute(type, byteCount: MemoryLayout<Value>.size)
        // In bounds: `startAttribute` made room for the payload.
        unsafe place.storeBytes(of: value, as: Value.self)
    }

    /// Writes bytes as an attribute; at most 65,531.
    @inlinable
    public mutating func attribute(_ type: UInt16, bytes: RawSpan) {
        let count = bytes.byteCount
        let place = unsafe startAttribute(type, byteCount: count)
        // In bounds: `startAttribute` made room for `count` bytes, and the span holds as many.
        unsafe bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { unsafe place.copyMemory(from: address, byteCount: count) }
        }
    }

    /// Writes bytes as an attribute; at most 65,531.
    @inlinable
    public mutating func attribute(_ type: UInt16, bytes: [UInt8]) {
        // In bounds: the span ends before the array does.
        unsafe attribute(type, bytes: bytes.span.bytes)
    }

    /// Writes text as an attribute, with the NUL that the kernel's string attributes end in.
    public mutating func attribute(_ type: UInt16, string: String) {
        let utf8 = string.utf8
        let count = utf8.count
        let place = unsafe startAttribute(type, byteCount: count + 1)
        // In bounds: `startAttribute` made room for the text and its NUL.
        let target = unsafe UnsafeMutableRawBufferPointer(start: place, count: count)
        let copied: Void? = unsafe utf8.withContiguousStorageIfAvailable {
            unsafe target.copyMemory(from: UnsafeRawBufferPointer($0))
        }
        if copied == nil { unsafe target.copyBytes(from: utf8) }
        unsafe place.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    }

    /// Writes an address as an attribute: 4 or 16 bytes in network order.
    @inlinable
    public mutating func attribute(_ type: UInt16, address: IPAddress) {
        switch address {
        case .v4(let value):
            attribute(type, value.bigEndian)
        case .v6(let high, let low):
            let place = unsafe startAttribute(type, byteCount: 16)
            // In bounds: `startAttribute` made room for 16 bytes.
            unsafe place.storeBytes(of: high.bigEndian, as: UInt64.self)
            unsafe place.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
    }

    /// Writes an attribute without payload (`NLA_FLAG`).
    @inlinable
    public mutating func flag(_ type: UInt16) {
        _ = unsafe startAttribute(type, byteCount: 0)
    }

    /// Writes a nest: an attribute (with `NLA_F_NESTED`) whose payload is what `body` writes.
    ///
    /// A nest holds at most 65,535 bytes, its own header included: the caller splits longer lists.
    @inlinable
    public mutating func nested<Failure: Error>(
        _ type: UInt16,
        _ body: (inout MessageWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let start = byteCount
        _ = unsafe startAttribute(type | 0x8000, byteCount: 0)
        try body(&self)
        let length = byteCount - start
        precondition(length <= 65_535, "invariant: a netlink nest fits its 16-bit length")
        // In bounds: the nest's header at `start` was written above.
        unsafe base.storeBytes(of: UInt16(length), toByteOffset: start, as: UInt16.self)
    }

    /// Appends bytes that are already whole messages or attributes, padded to 4 bytes.
    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        let place = unsafe extend(by: count)
        // In bounds: `extend` made room for `count` bytes.
        if let address = bytes.baseAddress { unsafe place.copyMemory(from: address, byteCount: count) }
    }

    // MARK: Bytes

    /// Calls `body` with what was written.
    @inlinable
    public borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // In bounds: the first `byteCount` bytes are initialised.
        try unsafe body(UnsafeRawBufferPointer(start: base, count: byteCount))
    }

    /// A copy of what was written.
    public var bytes: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    /// Writes an attribute's header and zeroed padding; returns where its payload goes.
    @inlinable
    mutating func startAttribute(_ type: UInt16, byteCount payload: Int) -> UnsafeMutableRawPointer {
        precondition(payload <= 65_531, "invariant: a netlink attribute fits its 16-bit length")
        let place = unsafe extend(by: 4 + payload)
        // In bounds: `extend` made room for the header and the payload.
        unsafe place.storeBytes(of: UInt16(4 + payload), as: UInt16.self)
        unsafe place.storeBytes(of: type, toByteOffset: 2, as: UInt16.self)
        return unsafe place + 4
    }

    /// Makes room for `count` bytes and zeroed padding to a multiple of 4; returns where they start.
    @inlinable
    mutating func extend(by count: Int) -> UnsafeMutableRawPointer {
        let padded = (count + 3) & ~3
        let start = byteCount
        if start + padded > capacity { grow(toHold: start + padded) }
        written = start + padded
        let place = unsafe base + start
        if padded != count {
            // In bounds: the last word of the room made above; the caller overwrites all but the padding.
            unsafe place.storeBytes(of: 0, toByteOffset: padded - 4, as: UInt32.self)
        }
        return unsafe place
    }

    /// Moves to a buffer of at least twice the size.
    @usableFromInline
    mutating func grow(toHold count: Int) {
        let size = max(count, capacity * 2)
        guard let memory = unsafe realloc(base, size) else {
            fatalError("invariant: out of memory for \(size) bytes of netlink messages")
        }
        unsafe base = memory
        capacity = size
    }

    /// Overwrites the sequence number and adds flags to the message that starts the buffer.
    mutating func stampFirst(sequence: UInt32, adding flags: MessageFlags) {
        guard byteCount >= Self.headerByteCount else { return }
        // In bounds: a whole header was checked above.
        let old = unsafe base.load(fromByteOffset: 6, as: UInt16.self)
        unsafe base.storeBytes(of: old | flags.rawValue, toByteOffset: 6, as: UInt16.self)
        unsafe base.storeBytes(of: sequence, toByteOffset: 8, as: UInt32.self)
    }
}
