import Netlink

/// Decodes every message of a datagram.
func decode<Value>(
    _ datagram: [UInt8],
    _ body: (MessageHeader, RawSpan) throws(MessageError) -> Value
) throws(MessageError) -> [Value] {
    let bytes = datagram.span.bytes
    var values: [Value] = []
    var reader = MessageReader()
    while let header = try reader.next(in: bytes) {
        values.append(try body(header, bytes.extracting(header.body)))
    }
    return values
}

/// The bytes that `write` writes.
func encoded(_ write: (inout MessageWriter) -> Void) -> [UInt8] {
    var writer = MessageWriter()
    write(&writer)
    return writer.bytes
}
