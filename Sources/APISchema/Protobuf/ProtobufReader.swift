/// Why bytes are not protobuf.
public struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    /// An error from what is wrong.
    public init(_ description: String) {
        self.description = description
    }
}

/// Walks the fields of one message.
struct ProtobufReader {
    /// A field's value, as far as it can be told without its type.
    enum Value: Equatable {
        case varint(UInt64)
        /// Eight bytes, the lowest first.
        case fixed64(UInt64)
        /// Where in the bytes a text, bytes or a message stands.
        case bytes(Range<Int>)
        /// Four bytes; of no type of the API.
        case fixed32
    }

    /// A field.
    struct Field: Equatable {
        var number: Int
        var value: Value
    }

    private let bytes: [UInt8]
    private var offset: Int
    private let end: Int

    /// A reader of the message that is these bytes; the range is within them.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = min(range.upperBound, bytes.count)
    }

    private static let truncated = ProtobufError("unexpected EOF")

    /// The next field; nil at the end.
    mutating func next() throws(ProtobufError) -> Field? {
        guard offset < end else { return nil }
        let key = try varint()
        guard let number = Int(exactly: key >> 3), number > 0, number < 1 << 29 else {
            throw ProtobufError("proto: illegal tag \(key >> 3) (wire type \(key & 7))")
        }
        switch key & 7 {
        case 0: return Field(number: number, value: .varint(try varint()))
        case 1: return Field(number: number, value: .fixed64(try fixed(8)))
        case 2:
            let count = try varint()
            guard let count = Int(exactly: count), count <= end - offset else { throw Self.truncated }
            defer { offset += count }
            return Field(number: number, value: .bytes(offset..<(offset + count)))
        case 5:
            _ = try fixed(4)
            return Field(number: number, value: .fixed32)
        default: throw ProtobufError("proto: illegal wireType \(key & 7)")
        }
    }

    /// The next number without a key; nil at the end. For numbers that stand packed.
    mutating func nextPacked() throws(ProtobufError) -> UInt64? {
        offset < end ? try varint() : nil
    }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < end else { throw Self.truncated }
            guard shift < 64 else { throw ProtobufError("proto: integer overflow") }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    private mutating func fixed(_ count: Int) throws(ProtobufError) -> UInt64 {
        guard count <= end - offset else { throw Self.truncated }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
        offset += count
        return value
    }
}
