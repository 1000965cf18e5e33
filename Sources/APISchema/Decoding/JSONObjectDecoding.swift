import JSON

/// Reads one object from JSON as Go's decoder does: what is unknown is noted and left out, a value of another type than
/// its field's is refused, but only once all of the text was seen to be JSON.
struct JSONObjectDecoding {
    /// One step from the object to a field.
    enum Step {
        case field(String)
        case index(Int)
        case key(String)
    }

    /// As many problems are told as upstream tells.
    static let problemLimit = 100

    /// What is read.
    var reader: JSONReader
    let plan: CodecPlan
    /// What was noted.
    private(set) var problems: [DecodingProblem] = []
    /// Why the object is refused, in upstream's words; the first one counts.
    private(set) var mismatch: String?
    /// The same, of values that Go reads with code of their own; counts before `mismatch`.
    private(set) var badValue: String?
    private var path: [Step] = []
    /// The short names of the messages around the present value.
    private var structures: [String] = []
    private let notesProblems: Bool

    init(_ bytes: [UInt8], plan: CodecPlan, notesProblems: Bool) {
        reader = JSONReader(bytes)
        self.plan = plan
        self.notesProblems = notesProblems
    }

    /// Reads a message; nil for null, and for what is no object.
    mutating func readMessage(_ message: CodecPlan.Message) throws(JSONError) -> JSONValue? {
        guard try reader.beginsObject() else { return try refuse("v1.\(message.shortName)") }
        structures.append(message.shortName)
        defer { structures.removeLast() }
        var values = [JSONValue?](repeating: nil, count: message.fields.count)
        var isSeen = [Bool](repeating: false, count: message.fields.count)
        try reader.beginObject()
        while try reader.nextMember() {
            let key = try reader.text(of: try reader.scanString())
            try reader.readColon()
            path.append(.field(key))
            defer { path.removeLast() }
            guard let position = message.positions[key] else {
                note(.unknownField)
                try reader.skipValue()
                continue
            }
            if isSeen[position] { note(.duplicateField) }
            isSeen[position] = true
            values[position] = try readField(message.fields[position])
        }
        return plan.object(message, values)
    }

    private mutating func readField(_ field: CodecPlan.Field) throws(JSONError) -> JSONValue? {
        switch field.shape {
        case .single: return try readElement(field.element)
        case .list: return try readList(of: field.element)
        case .map, .mapOfLists: return try readMap(of: field.element, isOfLists: field.shape == .mapOfLists)
        }
    }

    private mutating func readList(of element: CodecPlan.Element) throws(JSONError) -> JSONValue? {
        guard try reader.nextByte() == UInt8(ascii: "[") else { return try refuse("[]" + goType(element)) }
        var elements: [JSONValue] = []
        try reader.beginArray()
        while try reader.nextElement() {
            path.append(.index(elements.count))
            defer { path.removeLast() }
            elements.append(try readElement(element) ?? plan.zero(of: element))
        }
        return .array(elements)
    }

    private mutating func readMap(of element: CodecPlan.Element, isOfLists: Bool) throws(JSONError) -> JSONValue? {
        guard try reader.beginsObject() else {
            return try refuse("map[string]" + (isOfLists ? "[]" : "") + goType(element))
        }
        var members = JSONObject()
        try reader.beginObject()
        while try reader.nextMember() {
            let key = try reader.text(of: try reader.scanString())
            try reader.readColon()
            path.append(.key(key))
            defer { path.removeLast() }
            if members[key] != nil { note(.duplicateField) }
            let value = isOfLists ? try readList(of: element) : try readElement(element)
            members[key] = value ?? (isOfLists ? .null : plan.zero(of: element))
        }
        return .object(members)
    }

    /// Reads one value; nil for null, and for what is refused.
    private mutating func readElement(_ element: CodecPlan.Element) throws(JSONError) -> JSONValue? {
        if case .message(let index) = element { return try readMessage(plan.messages[index]) }
        let first = try reader.nextByte()
        if first == UInt8(ascii: "n") {
            _ = try reader.skipNull()
            return nil
        }
        switch element {
        case .message: return nil
        case .anyJSON: return try reader.readValue()
        case .bool:
            guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else { return try refuse("bool") }
            return .bool(try reader.readBool())
        case .string:
            guard first == UInt8(ascii: "\"") else { return try refuse("string") }
            return .string(try reader.readString())
        case .bytes:
            guard first == UInt8(ascii: "\"") else { return try refuse("[]uint8") }
            return readBytes(try reader.readString())
        case .int32, .int64, .double:
            return try readNumber(element, first: first)
        case .time, .microTime, .duration, .quantity, .intOrString:
            return readOwnType(try reader.readValue(), element)
        }
    }

    // MARK: Values

    private mutating func readNumber(_ element: CodecPlan.Element, first: UInt8) throws(JSONError) -> JSONValue? {
        guard first == UInt8(ascii: "-") || JSONReader.isDigit(first) else { return try refuse(goType(element)) }
        guard case .number(let text) = try reader.readValue() else { return nil }
        switch element {
        case .int32:
            if let number = Int32(text) { return .integer(number) }
        case .int64:
            if let number = Int64(text) { return .integer(number) }
        default:
            if let number = Double(text), number.isFinite { return .number(text) }
        }
        note(mismatch: "number \(text)", goType(element))
        return nil
    }

    private mutating func readBytes(_ text: String) -> JSONValue? {
        switch StrictBase64.decode(text) {
        case .success(let bytes): return .string(String(decoding: Base64.encode(bytes), as: UTF8.self))
        case .failure(let error):
            if mismatch == nil { mismatch = "illegal base64 data at input byte \(error.offset)" }
            return nil
        }
    }

    /// Values that Go reads with code of their own, which has words of its own.
    private mutating func readOwnType(_ value: JSONValue, _ element: CodecPlan.Element) -> JSONValue? {
        switch ScalarText.canonical(value, element) {
        case .success(let value): return value
        case .failure(let error):
            if badValue == nil { badValue = error.words }
            return nil
        }
    }

    // MARK: What is wrong

    private mutating func note(_ kind: DecodingProblem.Kind) {
        guard notesProblems, problems.count < Self.problemLimit else { return }
        let problem = DecodingProblem(kind, path: Self.text(of: path))
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// Skips a value that is not of the type; null is of every type.
    private mutating func refuse(_ goType: String) throws(JSONError) -> JSONValue? {
        let first = try reader.nextByte()
        try reader.skipValue()
        switch first {
        case UInt8(ascii: "n"): break
        case UInt8(ascii: "{"): note(mismatch: "object", goType)
        case UInt8(ascii: "["): note(mismatch: "array", goType)
        case UInt8(ascii: "\""): note(mismatch: "string", goType)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): note(mismatch: "bool", goType)
        default: note(mismatch: "number", goType)
        }
        return nil
    }

    private mutating func note(mismatch value: String, _ goType: String) {
        guard mismatch == nil else { return }
        let fields = path.compactMap { step in
            if case .field(let name) = step { name } else { nil }
        }
        if let structure = structures.last {
            let field = fields.joined(separator: ".")
            mismatch = "json: cannot unmarshal \(value) into Go struct field \(structure).\(field) of type \(goType)"
        } else {
            mismatch = "json: cannot unmarshal \(value) into Go value of type \(goType)"
        }
    }

    /// What Go calls the type.
    private func goType(_ element: CodecPlan.Element) -> String {
        switch element {
        case .string: "string"
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "float64"
        case .bytes: "[]uint8"
        case .quantity: "resource.Quantity"
        case .intOrString: "intstr.IntOrString"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .duration: "v1.Duration"
        case .anyJSON: "runtime.RawExtension"
        case .message(let index): "v1.\(plan.messages[index].shortName)"
        }
    }

    private static func text(of path: [Step]) -> String {
        var text = ""
        for step in path {
            switch step {
            case .field(let name), .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}

extension JSONReader {
    /// Whether the next value is an object.
    fileprivate mutating func beginsObject() throws(JSONError) -> Bool { try nextByte() == UInt8(ascii: "{") }
}
