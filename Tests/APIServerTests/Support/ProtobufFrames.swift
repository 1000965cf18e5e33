import APISchema
import JSON

/// The events of a watch in protobuf: each with its length before it.
struct ProtobufFrames {
    private var rest: [UInt8] = []

    mutating func append(_ bytes: [UInt8], message: String) throws -> [(type: String, object: JSONValue)] {
        rest += bytes
        var events: [(type: String, object: JSONValue)] = []
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4 + length else { break }
            let frame = Array(rest[4..<(4 + length)])
            rest.removeFirst(4 + length)
            guard frame.count > 2,
                let start = frame.indices.first(where: { frame[$0...].starts(with: ProtobufEnvelope.prefix) })
            else { throw TestFailure("a frame without an object") }
            let type = String(decoding: frame[2..<(2 + Int(frame[1]))], as: UTF8.self)
            let object = try ObjectDecoder(table: .standard).decode(protobuf: Array(frame[start...]), message: message)
            events.append((type, object.value))
        }
        return events
    }
}
