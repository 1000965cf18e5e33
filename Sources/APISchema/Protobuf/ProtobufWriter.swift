/// Writes protobuf from its end to its beginning, so that the length of what stands in a message is known when it is
/// needed: the way of the code that gogo generates.
struct ProtobufWriter {
    /// The written bytes are the last ones.
    private var buffer: [UInt8]
    /// The first written byte.
    private var start: Int

    /// A writer that has written nothing.
    init(capacity: Int = 1024) {
        buffer = [UInt8](repeating: 0, count: max(capacity, 16))
        start = buffer.count
    }

    /// How many bytes were written.
    var count: Int { buffer.count - start }

    /// What was written, in its order.
    var bytes: [UInt8] { Array(buffer[start...]) }

    /// Forgets what was written, and keeps the memory.
    mutating func removeAll() { start = buffer.count }

    /// Makes room for so many bytes before those that are written.
    @inline(__always)
    private mutating func makeRoom(_ needed: Int) {
        if start < needed { grow(needed) }
    }

    private mutating func grow(_ needed: Int) {
        let written = buffer[start...]
        var larger = [UInt8](repeating: 0, count: max(needed, buffer.count))
        larger.append(contentsOf: buffer[..<start])
        start = larger.count
        larger.append(contentsOf: written)
        buffer = larger
    }

    /// Writes a byte.
    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        makeRoom(1)
        start -= 1
        buffer[start] = byte
    }

    /// Writes bytes.
    @inline(__always)
    mutating func bytes(_ source: [UInt8], _ range: Range<Int>) {
        makeRoom(range.count)
        start -= range.count
        var position = start
        for index in range {
            buffer[position] = source[index]
            position += 1
        }
    }

    /// Writes bytes.
    mutating func bytes(_ source: [UInt8]) { bytes(source, source.indices) }

    /// Writes a number in seven bits a byte.
    @inline(__always)
    mutating func varint(_ value: UInt64) {
        if value < 0x80 {
            byte(UInt8(truncatingIfNeeded: value))
            return
        }
        let count = (63 - value.leadingZeroBitCount) / 7 + 1
        makeRoom(count)
        start -= count
        var rest = value
        for index in 0..<count {
            buffer[start + index] = UInt8(truncatingIfNeeded: rest) & 0x7f | (index + 1 < count ? 0x80 : 0)
            rest >>= 7
        }
    }

    /// Writes a field's number and how its value is written: 0 as a varint, 1 as eight bytes, 2 with its length.
    @inline(__always)
    mutating func key(_ number: Int, _ wireType: UInt8) {
        varint(UInt64(truncatingIfNeeded: number) << 3 | UInt64(wireType))
    }

    /// Writes length and key of a field whose value is all that was written since `end` bytes were there.
    @inline(__always)
    mutating func close(_ number: Int, since end: Int) {
        varint(UInt64(truncatingIfNeeded: count - end))
        key(number, 2)
    }

    /// Writes a field with a text.
    mutating func field(_ number: Int, text: String) {
        let end = count
        bytes(Array(text.utf8))
        close(number, since: end)
    }

    /// Writes a field with a whole number.
    mutating func field(_ number: Int, integer: Int64) {
        varint(UInt64(bitPattern: integer))
        key(number, 0)
    }
}
