internal import CNetfilter

/// Writes attributes (`struct nlattr`) into memory that was reserved for them.
///
/// Layout: 16 bits of length, which counts this header of four bytes and the payload, 16 bits of type, the payload,
/// zeros up to a multiple of four.
@safe struct AttributeWriter {
    /// Where the next attribute begins. Whoever made the writer reserved enough behind it.
    private(set) var position: UnsafeMutableRawPointer

    init(_ position: UnsafeMutableRawPointer) { unsafe self.position = position }

    /// Writes an attribute whose payload `body` writes as attributes.
    @inline(__always)
    mutating func nest(_ type: UInt16, _ body: (inout AttributeWriter) -> Void) {
        let start = unsafe position
        unsafe position += 4
        body(&self)
        // In bounds: the header's four bytes were skipped just above.
        unsafe start.storeBytes(of: UInt16(truncatingIfNeeded: position - start), as: UInt16.self)
        unsafe start.storeBytes(of: type | UInt16(NLA_F_NESTED), toByteOffset: 2, as: UInt16.self)
    }

    /// Writes a number of 32 bits in network order.
    @inline(__always)
    mutating func put(_ type: UInt16, networkOrder value: UInt32) {
        putHeader(type, byteCount: 4)
        // In bounds here and below: see `position`.
        unsafe position.storeBytes(of: value.bigEndian, as: UInt32.self)
        unsafe position += 4
    }

    /// Writes a number of 64 bits in network order.
    @inline(__always)
    mutating func put(_ type: UInt16, networkOrder value: UInt64) {
        putHeader(type, byteCount: 8)
        unsafe position.storeBytes(of: value.bigEndian, as: UInt64.self)
        unsafe position += 8
    }

    /// Writes the bytes of a value.
    @inline(__always)
    mutating func put(_ type: UInt16, _ value: RegisterValue) {
        putHeader(type, byteCount: value.byteCount)
        unsafe value.withBytes { unsafe putPayload($0) }
    }

    /// Writes a string with its terminating zero.
    mutating func put(_ type: UInt16, _ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            putHeader(type, byteCount: utf8.count + 1)
            unsafe putPayload(UnsafeRawBufferPointer(utf8), terminated: true)
        }
    }

    /// Writes user data that is nothing but a comment.
    mutating func put(_ type: UInt16, comment: String) {
        var comment = comment
        comment.withUTF8 { utf8 in
            putHeader(type, byteCount: utf8.count + 3)
            // The field's type 0 and its length, which counts the terminating zero.
            unsafe position.storeBytes(of: 0, as: UInt8.self)
            unsafe position.storeBytes(of: UInt8(truncatingIfNeeded: utf8.count + 1), toByteOffset: 1, as: UInt8.self)
            if let source = utf8.baseAddress { unsafe (position + 2).copyMemory(from: source, byteCount: utf8.count) }
            unsafe position.storeBytes(of: 0, toByteOffset: 2 + utf8.count, as: UInt8.self)
            pad(utf8.count + 3)
        }
    }

    /// Writes an attribute's header.
    @inline(__always)
    private mutating func putHeader(_ type: UInt16, byteCount: Int) {
        unsafe position.storeBytes(of: UInt16(truncatingIfNeeded: byteCount + 4), as: UInt16.self)
        unsafe position.storeBytes(of: type, toByteOffset: 2, as: UInt16.self)
        unsafe position += 4
    }

    @inline(__always)
    private mutating func putPayload(_ bytes: UnsafeRawBufferPointer, terminated: Bool = false) {
        if let source = bytes.baseAddress { unsafe position.copyMemory(from: source, byteCount: bytes.count) }
        if terminated { unsafe position.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self) }
        pad(bytes.count + (terminated ? 1 : 0))
    }

    /// Goes on behind a payload, writing zeros up to a multiple of four.
    @inline(__always)
    private mutating func pad(_ byteCount: Int) {
        let end = (byteCount + 3) & ~3
        for offset in byteCount..<end { unsafe position.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self) }
        unsafe position += end
    }
}
