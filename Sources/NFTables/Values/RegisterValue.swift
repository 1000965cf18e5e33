public import Addressing

/// The bytes of a key, of a value or of an operand, as they lie in registers: at most 64, held inline.
///
/// A concatenation pads each of its fields with zeros to four bytes, so every `append` begins and ends at a multiple
/// of four. A value that is one field alone is not padded: make it with an initializer.
public struct RegisterValue: Sendable {
    /// Most bytes that a value can have (`NFT_DATA_VALUE_MAXLEN`).
    public static let maximumByteCount = 64

    /// The bytes in memory order; those past ``byteCount`` are zero, so that equal values have equal words.
    private var words: InlineArray<8, UInt64> = .init(repeating: 0)
    private var count: UInt8 = 0

    /// A value of no bytes.
    public init() {}

    /// Those bytes; nil if there are more than 64.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.maximumByteCount else { return nil }
        for byte in bytes { appendByte(byte) }
    }

    /// An address alone.
    public init(_ address: IPAddress) { append(address) }

    /// A number of one byte alone.
    public init(_ value: UInt8) { appendByte(value) }

    /// A number of two bytes in network order, such as a port, alone.
    public init(networkOrder value: UInt16) {
        appendByte(UInt8(value >> 8))
        appendByte(UInt8(truncatingIfNeeded: value))
    }

    /// A number of four bytes in the host's order, such as a mark, alone.
    public init(hostOrder value: UInt32) { append(hostOrder: value) }

    /// Number of bytes.
    public var byteCount: Int { Int(count) }

    /// The bytes as an array.
    public var bytes: [UInt8] { (0..<byteCount).map { self[$0] } }

    /// The byte at an offset below ``byteCount``.
    public subscript(offset: Int) -> UInt8 {
        precondition(offset < byteCount, "offset \(offset) is past the value's \(byteCount) bytes")
        return UInt8(truncatingIfNeeded: words[offset >> 3].littleEndian >> (UInt64(offset & 7) * 8))
    }

    /// Calls `body` with the bytes, which are valid only during the call.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeBytes(of: words) { buffer throws(Failure) in
            // In bounds: a value has at most the 64 bytes of its words.
            try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
        }
    }

    /// The bytes of a span; nil if there are more than 64.
    init?(copying span: RawSpan) {
        guard span.byteCount <= Self.maximumByteCount else { return nil }
        // In bounds: no more than the 64 bytes of `words`, checked above.
        unsafe withUnsafeMutableBytes(of: &words) { target in
            unsafe span.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
        count = UInt8(span.byteCount)
    }
}

// MARK: - Fields of a concatenation

extension RegisterValue {
    /// Appends an address as a field of a concatenation.
    public mutating func append(_ address: IPAddress) {
        switch address {
        case .v4(let value):
            appendField(value.byteSwapped)
        case .v6(let high, let low):
            for half in [high, low] {
                appendField(UInt32(truncatingIfNeeded: half >> 32).byteSwapped)
                appendField(UInt32(truncatingIfNeeded: half).byteSwapped)
            }
        }
    }

    /// Appends an IP protocol number as a field of a concatenation.
    public mutating func append(_ transport: TransportProtocol) { appendField(UInt32(transport.rawValue)) }

    /// Appends a number of one byte as a field of a concatenation.
    public mutating func append(_ value: UInt8) { appendField(UInt32(value)) }

    /// Appends a number of two bytes in network order, such as a port, as a field of a concatenation.
    public mutating func append(networkOrder value: UInt16) { appendField(UInt32(value.byteSwapped)) }

    /// Appends a number of four bytes in the host's order, such as a slot, as a field of a concatenation.
    public mutating func append(hostOrder value: UInt32) { appendField(value.littleEndian) }

    /// Appends another value as one or more fields of a concatenation.
    public mutating func append(_ value: RegisterValue) {
        pad()
        for offset in 0..<value.byteCount { appendByte(value[offset]) }
        pad()
    }

    /// Appends four bytes: those of a number whose lowest byte is the first in memory.
    private mutating func appendField(_ field: UInt32) {
        pad()
        precondition(byteCount < Self.maximumByteCount, "a key or value has at most 64 bytes")
        let index = byteCount >> 3
        let shift = UInt64(byteCount & 7) * 8
        words[index] = (words[index].littleEndian | UInt64(field) << shift).littleEndian
        count += 4
    }

    private mutating func appendByte(_ byte: UInt8) {
        precondition(byteCount < Self.maximumByteCount, "a key or value has at most 64 bytes")
        let index = byteCount >> 3
        let shift = UInt64(byteCount & 7) * 8
        words[index] = (words[index].littleEndian | UInt64(byte) << shift).littleEndian
        count += 1
    }

    /// Goes on to a multiple of four bytes; what is skipped is zero already.
    private mutating func pad() { count = (count + 3) & ~3 }
}

// MARK: - Comparison and text

extension RegisterValue: Hashable {
    /// Whether both have the same bytes.
    public static func == (left: RegisterValue, right: RegisterValue) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt64 = 0
        for index in 0..<8 { difference |= left.words[index] ^ right.words[index] }
        return difference == 0
    }

    /// Feeds the bytes to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for index in 0..<((byteCount + 7) >> 3) { hasher.combine(words[index]) }
    }
}

extension RegisterValue: Comparable {
    /// Orders as the kernel orders keys: byte by byte, a value before those that it begins.
    public static func < (left: RegisterValue, right: RegisterValue) -> Bool {
        for index in 0..<8 where left.words[index] != right.words[index] {
            return left.words[index].bigEndian < right.words[index].bigEndian
        }
        return left.count < right.count
    }
}

extension RegisterValue: ExpressibleByArrayLiteral {
    /// Those bytes, at most 64.
    public init(arrayLiteral bytes: UInt8...) {
        precondition(bytes.count <= Self.maximumByteCount, "a key or value has at most 64 bytes")
        for byte in bytes { appendByte(byte) }
    }
}

extension RegisterValue: CustomStringConvertible {
    /// The bytes in hexadecimal, in groups of four: `0a000001 06000000`.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (offset, byte) in bytes.enumerated() {
            if offset > 0, offset % 4 == 0 { text.append(UInt8(ascii: " ")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
