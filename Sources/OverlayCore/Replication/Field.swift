/// The fields of messages and values: a tag, a length, then that many bytes.
///
/// Tag and length are variable-length integers (LEB128, least significant group first, at most ten bytes). A reader
/// skips tags that it does not know, so that later versions may add fields.
enum Field {
    /// Appends a variable-length integer.
    static func append(varint value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The number of bytes of a variable-length integer: 1 to 10.
    static func byteCount(varint value: UInt64) -> Int {
        (70 - (value | 1).leadingZeroBitCount) / 7
    }

    /// Appends eight bytes in network order.
    static func append(fixed value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Appends a field of these bytes.
    static func append(_ tag: UInt64, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
        append(varint: tag, to: &bytes)
        append(varint: UInt64(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    /// Appends a field that holds a variable-length integer.
    static func append(_ tag: UInt64, varint value: UInt64, to bytes: inout [UInt8]) {
        append(varint: tag, to: &bytes)
        append(varint: UInt64(byteCount(varint: value)), to: &bytes)
        append(varint: value, to: &bytes)
    }

    /// Appends a field that holds eight bytes in network order.
    static func append(_ tag: UInt64, fixed value: UInt64, to bytes: inout [UInt8]) {
        append(varint: tag, to: &bytes)
        append(varint: 8, to: &bytes)
        append(fixed: value, to: &bytes)
    }

    /// The number of bytes of a field whose value has this many.
    static func byteCount(_ tag: UInt64, valueByteCount: Int) -> Int {
        byteCount(varint: tag) + byteCount(varint: UInt64(valueByteCount)) + valueByteCount
    }
}

/// Reads fields, integers and raw bytes one after the other; never past the end.
struct FieldReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// A reader at the first byte.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Nothing is left.
    var isAtEnd: Bool { position == bytes.endIndex }

    /// The next field; nil at the end.
    mutating func next() throws(MeshCodecError) -> (tag: UInt64, value: ArraySlice<UInt8>)? {
        guard !isAtEnd else { return nil }
        let tag = try varint()
        let count = try varint()
        guard count <= UInt64(bytes.endIndex - position) else { throw .truncated }
        return (tag, try take(Int(count)))
    }

    /// The next byte.
    mutating func byte() throws(MeshCodecError) -> UInt8 {
        guard position < bytes.endIndex else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next variable-length integer.
    mutating func varint() throws(MeshCodecError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            // The tenth byte holds the last bit.
            guard shift < 63 || byte <= 1 else { throw .invalid("an integer") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// The next eight bytes, in network order.
    mutating func fixed() throws(MeshCodecError) -> UInt64 {
        try take(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The next bytes, this many.
    mutating func take(_ count: Int) throws(MeshCodecError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.endIndex - position else { throw .truncated }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// All that is left.
    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = bytes.endIndex }
        return bytes[position...]
    }
}

extension ArraySlice<UInt8> {
    /// The variable-length integer that these bytes are.
    func fieldInteger(_ name: String, upTo limit: UInt64 = .max) throws(MeshCodecError) -> UInt64 {
        var reader = FieldReader(self)
        let value = try reader.varint()
        guard reader.isAtEnd, value <= limit else { throw .invalid(name) }
        return value
    }

    /// The number that these eight bytes are, in network order.
    func fieldFixed(_ name: String) throws(MeshCodecError) -> UInt64 {
        guard count == 8 else { throw .invalid(name) }
        return reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text that these bytes are in UTF-8.
    func fieldText(_ name: String, limit: Int) throws(MeshCodecError) -> String {
        guard count <= limit else { throw .tooLarge(name) }
        guard let text = String(validating: self, as: UTF8.self) else { throw .invalid(name) }
        return text
    }
}
