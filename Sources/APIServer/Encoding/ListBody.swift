import NIOCore

/// The body of a list in JSON or protobuf, in pieces: made while it is sent, out of the objects' own bytes.
struct ListBody: Sequence, Sendable {
    /// What comes before the first object.
    var start: [UInt8]
    /// The objects.
    var objects: [CachedObject]
    /// What comes after the last object.
    var end: [UInt8]
    /// How one object is written.
    var item: Item

    /// How an object is written in a list.
    enum Item: Sendable {
        /// JSON from this offset on, after an opening brace; commas between objects.
        case json(from: Int)
        /// JSON that is made first; commas between objects.
        case converted(@Sendable (CachedObject) -> [UInt8])
        /// Bytes with a tag and a length before each; an object that cannot be written is left out.
        case delimited(tag: UInt8, @Sendable (CachedObject) -> [UInt8]?)
    }

    /// About how large a piece is.
    static let pieceSize = 128 << 10

    /// How many bytes it has; nil where that is known only when it is written.
    var byteCount: Int? {
        guard case .json(let from) = item else { return nil }
        let separators = Swift.max(0, objects.count - 1)
        return objects.reduce(start.count + end.count + separators) { $0 + $1.bytes.count - from + 1 }
    }

    func makeIterator() -> Iterator { Iterator(body: self) }

    struct Iterator: IteratorProtocol {
        let body: ListBody
        var position = 0
        var hasStarted = false
        var hasEnded = false

        mutating func next() -> ByteBuffer? {
            guard !hasEnded else { return nil }
            var buffer = ByteBuffer()
            buffer.reserveCapacity(ListBody.pieceSize + 4_096)
            if !hasStarted { buffer.writeBytes(body.start) }
            hasStarted = true
            while position < body.objects.count, buffer.readableBytes < ListBody.pieceSize {
                body.write(body.objects[position], isFirst: position == 0, to: &buffer)
                position += 1
            }
            if position == body.objects.count {
                buffer.writeBytes(body.end)
                hasEnded = true
            }
            return buffer
        }
    }

    private func write(_ object: CachedObject, isFirst: Bool, to buffer: inout ByteBuffer) {
        switch item {
        case .json(let from):
            buffer.writeStaticString(isFirst ? "{" : ",{")
            buffer.writeBytes(object.bytes[from...])
        case .converted(let convert):
            if !isFirst { buffer.writeStaticString(",") }
            buffer.writeBytes(convert(object))
        case .delimited(let tag, let encode):
            guard let bytes = encode(object) else { return }
            buffer.writeInteger(tag)
            buffer.writeVarint(UInt64(bytes.count))
            buffer.writeBytes(bytes)
        }
    }
}

extension ByteBuffer {
    /// Writes a number as protobuf does, seven bits a byte, the lowest first.
    mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
