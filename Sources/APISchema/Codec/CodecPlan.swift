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
    final class Field: Sendable {
        let schema: FieldSchema
        let shape: Shape
        let element: Element
        /// The name in UTF-8.
        let name: [UInt8]
        /// The number in protobuf.
        let number: Int

        init(_ schema: FieldSchema, shape: Shape, element: Element) {
            self.schema = schema
            self.shape = shape
            self.element = element
            name = Array(schema.name.utf8)
            number = schema.number
        }

        /// Whether Go holds it in a struct of its own, which JSON shows even where it is empty.
        var isStructure: Bool { shape == .single && element.isStructure }
    }

    /// A message. (Like fields an object, since copying a struct of many parts costs more than what is done with it.)
    final class Message: Sendable {
        let schema: MessageSchema
        let shortName: String
        let fields: [Field]
        /// Fields by their names.
        let positions: [String: Int]
        /// How protobuf keeps the fields.
        let layout: ProtobufLayout
        /// What protobuf has of each field that was not set.
        let absentEncodings: [[UInt8]]

        fileprivate init(_ schema: MessageSchema, _ fields: [Field], _ absent: AbsentEncoding) {
            self.schema = schema
            shortName = schema.shortName
            self.fields = fields
            var positions: [String: Int] = [:]
            for (position, field) in fields.enumerated() { positions[field.schema.name] = position }
            self.positions = positions
            layout = ProtobufLayout(fields)
            absentEncodings = fields.map { $0.number > 0 ? absent.bytes(of: $0) : [] }
        }
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
        let fields = schemas.map { schema in schema.fields.map { Field($0, indices: indices) } }
        let absent = AbsentEncoding(fields)
        messages = zip(schemas, fields).map { Message($0, $1, absent) }
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
    fileprivate convenience init(_ schema: FieldSchema, indices: [String: Int]) {
        let shape: CodecPlan.Shape
        let type: FieldType
        switch schema.type {
        case .list(let element): (shape, type) = (.list, element)
        case .map(.list(let element)): (shape, type) = (.mapOfLists, element)
        case .map(let element): (shape, type) = (.map, element)
        default: (shape, type) = (.single, schema.type)
        }
        self.init(schema, shape: shape, element: CodecPlan.Element(type, indices: indices))
    }
}

extension CodecPlan.Message {
    /// The position of the field whose name is these bytes of `source`; the search begins at `hint`.
    func position(of range: Range<Int>, in source: [UInt8], hint: Int) -> Int? {
        var position = hint
        for _ in fields.indices {
            if position >= fields.count { position = 0 }
            if fields[position].isNamed(range, in: source) { return position }
            position += 1
        }
        return nil
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
