/// What protobuf has of fields that nobody set: gogo leaves out only what is nullable, lists and maps.
struct AbsentEncoding {
    private let fields: [[CodecPlan.Field]]
    private let layouts: [ProtobufLayout]

    /// - Parameter fields: Those of each message, by its index.
    init(_ fields: [[CodecPlan.Field]]) {
        self.fields = fields
        layouts = fields.map(ProtobufLayout.init)
    }

    /// What is written of a message where no field was set.
    private func bytes(ofMessage index: Int) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 64)
        for step in layouts[index].steps.reversed() {
            switch step {
            case .field(let position):
                writer.bytes(bytes(of: fields[index][position]))
            case .group(let number, let positions):
                let end = writer.count
                for position in positions.reversed() { writer.bytes(bytes(of: fields[index][position])) }
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
        let number = field.number
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
        case .message(let index): writer.bytes(bytes(ofMessage: index))
        }
        if field.isStructure { writer.close(number, since: 0) }
        return writer.bytes
    }
}
