public import Addressing

/// Typed reads of attribute payloads; every one checks the size first.
extension RawSpan {
    /// An integer, host-endian; take `.bigEndian` of it where the kernel sends network order.
    public func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ attribute: AttributeReader.Attribute,
        as type: Value.Type = Value.self
    ) throws(MessageError) -> Value {
        guard attribute.payload.count == MemoryLayout<Value>.size, attribute.payload.upperBound <= byteCount else {
            throw .wrongSize(attribute: attribute.type, byteCount: attribute.payload.count)
        }
        // In bounds: checked above.
        return unsafe unsafeLoadUnaligned(fromByteOffset: attribute.payload.lowerBound, as: Value.self)
    }

    /// A fixed struct, of which the kernel may send more (newer fields) but not less.
    public func structure<Value: BitwiseCopyable>(
        _ attribute: AttributeReader.Attribute,
        as type: Value.Type = Value.self
    ) throws(MessageError) -> Value {
        guard attribute.payload.count >= MemoryLayout<Value>.size, attribute.payload.upperBound <= byteCount else {
            throw .wrongSize(attribute: attribute.type, byteCount: attribute.payload.count)
        }
        // In bounds: checked above.
        return unsafe unsafeLoadUnaligned(fromByteOffset: attribute.payload.lowerBound, as: Value.self)
    }

    /// The protocol's fixed header at the start of the body.
    public func fixedHeader<Value: BitwiseCopyable>(as type: Value.Type = Value.self) throws(MessageError) -> Value {
        guard byteCount >= MemoryLayout<Value>.size else { throw .truncated(at: 0) }
        // In bounds: checked above.
        return unsafe unsafeLoadUnaligned(as: Value.self)
    }

    /// Text, up to its NUL; bytes that are not UTF-8 are replaced.
    public func string(_ attribute: AttributeReader.Attribute) throws(MessageError) -> String {
        var bytes = try self.bytes(attribute)
        if let end = bytes.firstIndex(of: 0) { bytes.removeSubrange(end...) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A copy of the payload.
    public func bytes(_ attribute: AttributeReader.Attribute) throws(MessageError) -> [UInt8] {
        guard attribute.payload.upperBound <= byteCount else {
            throw .wrongSize(attribute: attribute.type, byteCount: attribute.payload.count)
        }
        return unsafe extracting(attribute.payload).withUnsafeBytes { unsafe Array($0) }
    }

    /// An address: 4 or 16 bytes in network order.
    public func address(_ attribute: AttributeReader.Attribute) throws(MessageError) -> IPAddress {
        switch attribute.payload.count {
        case 4:
            return .v4(try integer(attribute, as: UInt32.self).bigEndian)
        case 16 where attribute.payload.upperBound <= byteCount:
            let start = attribute.payload.lowerBound
            // In bounds: sixteen bytes from `start` were checked above.
            let high = unsafe unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
            let low = unsafe unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
            return .v6(high: high.bigEndian, low: low.bigEndian)
        default:
            throw .wrongSize(attribute: attribute.type, byteCount: attribute.payload.count)
        }
    }
}
