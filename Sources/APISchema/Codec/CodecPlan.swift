import JSON

/// A table of messages, prepared for decoders and encoders: messages are numbers, names are bytes, and what an empty
/// message looks like is known.
final class CodecPlan: Sendable {
    /// What an object says that it is.
    struct Kind: Hashable {
        var apiVersion: String
        var name: String
    }

    /// How many values a field has.
    enum Shape: Sendable {
        /// One.
        case single
        /// An array.
        case list
        /// An object whose names the user chooses.
        case map
        /// An object whose values are arrays; in protobuf a message with the array as field 1.
        case mapOfLists
    }

    /// What one value is.
    enum Element: Sendable, Hashable {
        case string, bool, int32, int64, double, bytes, quantity, intOrString, time, microTime, duration
        /// Any JSON: `FieldsV1` and `RawExtension`.
        case anyJSON
        /// The message of that index.
        case message(Int)
    }

    /// A field.
    struct Field: Sendable {
        let schema: FieldSchema
        let shape: Shape
        let element: Element
        /// The name in UTF-8.
        let name: [UInt8]
        /// What protobuf has where the field was not set.
        fileprivate(set) var absentEncoding: [UInt8] = []

        /// Whether Go holds it in a struct of its own, which JSON shows even where it is empty.
        var isStructure: Bool { shape == .single && element.isStructure }
    }

    /// A message.
    struct Message: Sendable {
        let schema: MessageSchema
        let shortName: String
        fileprivate(set) var fields: [Field]
        /// Fields by their names.
        let positions: [String: Int]
        /// How protobuf keeps the fields.
        let layout: ProtobufLayout
    }

    /// All messages.
    let messages: [Message]
    /// Messages by their names.
    let indices: [String: Int]
    /// The messages that are kinds.
    let kinds: [Kind: String]

    /// Prepares a table. A field of a message that is not in the table holds any JSON.
    init(_ table: [String: MessageSchema]) {
        let schemas = table.values.sorted { $0.name < $1.name }
        var indices: [String: Int] = [:]
        var kinds: [Kind: String] = [:]
        for (index, schema) in schemas.enumerated() {
            indices[schema.name] = index
            guard let apiVersion = schema.apiVersion else { continue }
            kinds[Kind(apiVersion: apiVersion, name: schema.shortName)] = schema.name
        }
        self.indices = indices
        self.kinds = kinds
        var messages = schemas.map { schema in
            let fields = schema.fields.map { Field($0, indices: indices) }
            var positions: [String: Int] = [:]
            for (position, field) in fields.enumerated() { positions[field.schema.name] = position }
            return Message(
                schema: schema,
                shortName: schema.shortName,
                fields: fields,
                positions: positions,
                layout: ProtobufLayout(fields)
            )
        }
        let absent = AbsentEncoding(messages)
        for index in messages.indices {
            for position in messages[index].fields.indices where messages[index].fields[position].schema.number > 0 {
                let field = messages[index].fields[position]
                messages[index].fields[position].absentEncoding = absent.bytes(of: field)
            }
        }
        self.messages = messages
    }

    /// The message of that name; nil where there is none.
    func message(_ name: String) -> Message? { indices[name].map { messages[$0] } }
}

extension CodecPlan.Element {
    /// Whether Go holds it in a struct.
    var isStructure: Bool {
        switch self {
        case .string, .bool, .int32, .int64, .double, .bytes: false
        case .quantity, .intOrString, .time, .microTime, .duration, .anyJSON, .message: true
        }
    }

    init(_ type: FieldType, indices: [String: Int]) {
        switch type {
        case .string: self = .string
        case .bool: self = .bool
        case .int32: self = .int32
        case .int64: self = .int64
        case .double: self = .double
        case .bytes: self = .bytes
        case .quantity: self = .quantity
        case .intOrString: self = .intOrString
        case .time: self = .time
        case .microTime: self = .microTime
        case .duration: self = .duration
        case .fieldsV1, .rawExtension: self = .anyJSON
        case .message(let name): self = indices[name].map { .message($0) } ?? .anyJSON
        // Lists of lists, and maps of maps, are nowhere in the API.
        case .list, .map: self = .anyJSON
        }
    }
}

extension CodecPlan.Field {
    init(_ schema: FieldSchema, indices: [String: Int]) {
        self.schema = schema
        name = Array(schema.name.utf8)
        switch schema.type {
        case .list(let type):
            shape = .list
            element = CodecPlan.Element(type, indices: indices)
        case .map(.list(let type)):
            shape = .mapOfLists
            element = CodecPlan.Element(type, indices: indices)
        case .map(let type):
            shape = .map
            element = CodecPlan.Element(type, indices: indices)
        default:
            shape = .single
            element = CodecPlan.Element(schema.type, indices: indices)
        }
    }
}

extension CodecPlan.Message {
    /// The position of the field whose name is these bytes of `source`; `hint` is tried first.
    func position(of range: Range<Int>, in source: [UInt8], hint: Int) -> Int? {
        if hint < fields.count, fields[hint].isNamed(range, in: source) { return hint }
        return fields.indices.first { fields[$0].isNamed(range, in: source) }
    }
}

extension CodecPlan.Field {
    /// Whether these bytes of `source` are its name.
    @inline(__always)
    func isNamed(_ range: Range<Int>, in source: [UInt8]) -> Bool {
        guard name.count == range.count else { return false }
        var position = range.lowerBound
        for byte in name {
            guard source[position] == byte else { return false }
            position += 1
        }
        return true
    }
}
