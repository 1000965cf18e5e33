/// What protobuf has of fields that nobody set: gogo leaves out only what is nullable, lists and maps.
struct AbsentEncoding {
    private let messages: [CodecPlan.Message]

    init(_ messages: [CodecPlan.Message]) {
        self.messages = messages
    }

    /// What is written of a message where no field was set.
    func bytes(of message: CodecPlan.Message) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 64)
        for step in message.layout.steps.reversed() {
            switch step {
            case .field(let position):
                writer.bytes(bytes(of: message.fields[position]))
            case .group(let number, let positions):
                let end = writer.count
                for position in positions.reversed() { writer.bytes(bytes(of: message.fields[position])) }
                writer.close(number, since: end)
            }
        }
        return writer.bytes
    }

    /// What is written of a field that was not set.
    ///
    /// Ends, since a message of Go cannot hold itself without a pointer.
    func bytes(of field: CodecPlan.Field) -> [UInt8] {
        guard field.shape == .single, !field.schema.isNullable else { return [] }
        var writer = ProtobufWriter(capacity: 16)
        let number = field.schema.number
        switch field.element {
        case .string: writer.field(number, text: "")
        case .bool, .int32, .int64: writer.field(number, integer: 0)
        case .double:
            writer.bytes([UInt8](repeating: 0, count: 8))
            writer.key(number, 1)
        case .bytes: break
        case .quantity: writer.field(1, text: "0")
        case .intOrString:
            writer.field(3, text: "")
            writer.field(2, integer: 0)
            writer.field(1, integer: 0)
        case .duration: writer.field(1, integer: 0)
        case .time, .microTime, .anyJSON: break
        case .message(let index): writer.bytes(bytes(of: messages[index]))
        }
        if field.isStructure { writer.close(number, since: 0) }
        return writer.bytes
    }
}
