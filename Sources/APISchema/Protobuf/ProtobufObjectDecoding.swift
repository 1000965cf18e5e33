import JSON
import KubernetesAPI

/// Reads one message from protobuf into the JSON that upstream shows of it.
///
/// Fields that are unknown, or of another wire type than theirs, are left out. Nesting is bounded by the table, which
/// has no message within itself, and by ``depthLimit``.
struct ProtobufObjectDecoding {
    /// How deep messages may nest.
    static let depthLimit = 64

    private let bytes: [UInt8]
    private let plan: CodecPlan
    private var depth = 0

    init(_ bytes: [UInt8], plan: CodecPlan) {
        self.bytes = bytes
        self.plan = plan
    }

    /// The message that is all of the bytes.
    mutating func decode(_ message: CodecPlan.Message) throws(ProtobufError) -> JSONValue {
        try read(message, bytes.indices)
    }

    private mutating func read(_ message: CodecPlan.Message, _ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        guard depth < Self.depthLimit else { throw ProtobufError("nested more than \(Self.depthLimit) deep") }
        depth += 1
        defer { depth -= 1 }
        var values = [JSONValue?](repeating: nil, count: message.fields.count)
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            if let position = message.layout.position(of: field.number) {
                try read(field.value, of: message.fields[position], into: &values[position])
            } else if case .bytes(let range) = field.value, message.layout.groups.contains(field.number) {
                var inner = ProtobufReader(bytes, range)
                while let member = try inner.next() {
                    guard let position = message.layout.position(of: member.number, group: field.number) else {
                        continue
                    }
                    try read(member.value, of: message.fields[position], into: &values[position])
                }
            }
        }
        return plan.object(message, values)
    }

    private mutating func read(
        _ value: ProtobufReader.Value,
        of field: CodecPlan.Field,
        into result: inout JSONValue?
    ) throws(ProtobufError) {
        switch field.shape {
        case .single:
            if let value = try element(field.element, value) { result = value }
        case .list:
            var elements = Self.takeArray(&result)
            defer { result = .array(elements) }
            try append(value, field.element, to: &elements)
        case .map, .mapOfLists:
            guard case .bytes(let range) = value else { return }
            var members = Self.takeObject(&result)
            defer { result = .object(members) }
            let (name, value) = try entry(range, field)
            members[name] = value
        }
    }

    /// Takes the array out, so that it is changed in place.
    private static func takeArray(_ value: inout JSONValue?) -> [JSONValue] {
        defer { value = nil }
        return value?.array ?? []
    }

    private static func takeObject(_ value: inout JSONValue?) -> JSONObject {
        defer { value = nil }
        return value?.object ?? JSONObject()
    }

    private mutating func append(
        _ value: ProtobufReader.Value,
        _ element: CodecPlan.Element,
        to elements: inout [JSONValue]
    ) throws(ProtobufError) {
        if case .bytes(let range) = value, element.isVarint {
            var packed = ProtobufReader(bytes, range)
            while let number = try packed.nextPacked() {
                if let value = try self.element(element, .varint(number)) { elements.append(value) }
            }
        } else if let value = try self.element(element, value) {
            elements.append(value)
        }
    }

    /// An entry of a map: a message of its name (1) and its value (2).
    private mutating func entry(
        _ range: Range<Int>,
        _ field: CodecPlan.Field
    ) throws(ProtobufError) -> (String, JSONValue) {
        var name = ""
        var result: JSONValue?
        var reader = ProtobufReader(bytes, range)
        while let member = try reader.next() {
            if member.number == 1, case .bytes(let range) = member.value {
                name = String(decoding: bytes[range], as: UTF8.self)
            } else if member.number == 2, field.shape == .map {
                result = try element(field.element, member.value)
            } else if member.number == 2, case .bytes(let range) = member.value {
                var elements: [JSONValue] = []
                var inner = ProtobufReader(bytes, range)
                while let item = try inner.next() {
                    guard item.number == 1 else { continue }
                    try append(item.value, field.element, to: &elements)
                }
                result = .array(elements)
            }
        }
        return (name, result ?? (field.shape == .map ? plan.zero(of: field.element) : .null))
    }

    /// One value; nil where it is of another wire type.
    private mutating func element(
        _ element: CodecPlan.Element,
        _ value: ProtobufReader.Value
    ) throws(ProtobufError) -> JSONValue? {
        switch (element, value) {
        case (.bool, .varint(let number)): .bool(number != 0)
        case (.int32, .varint(let number)): .integer(Int32(truncatingIfNeeded: number))
        case (.int64, .varint(let number)): .integer(Int64(bitPattern: number))
        case (.double, .fixed64(let bits)): Self.number(Double(bitPattern: bits))
        case (.string, .bytes(let range)): .string(String(decoding: bytes[range], as: UTF8.self))
        case (.bytes, .bytes(let range)): .string(String(decoding: Base64.encode(Array(bytes[range])), as: UTF8.self))
        case (.message(let index), .bytes(let range)): try read(plan.messages[index], range)
        case (.quantity, .bytes(let range)): try quantity(range)
        case (.intOrString, .bytes(let range)): try intOrString(range)
        case (.time, .bytes(let range)), (.microTime, .bytes(let range)):
            try time(range, isPrecise: element == .microTime)
        case (.duration, .bytes(let range)): try duration(range)
        case (.anyJSON, .bytes(let range)): try anyJSON(range)
        default: nil
        }
    }

    private static func number(_ value: Double) -> JSONValue {
        value.isFinite ? .number("\(value)") : .null
    }

    // MARK: Types of their own

    private func quantity(_ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        var text = "0"
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            guard field.number == 1, case .bytes(let range) = field.value else { continue }
            text = String(decoding: bytes[range], as: UTF8.self)
        }
        switch QuantityText.canonical(text) {
        case .success(let text): return .string(text)
        case .failure(let error): throw ProtobufError(error.words)
        }
    }

    private func intOrString(_ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        var isString = false
        var number: Int32 = 0
        var text = ""
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .varint(let type)): isString = type == 1
            case (2, .varint(let value)): number = Int32(truncatingIfNeeded: value)
            case (3, .bytes(let range)): text = String(decoding: bytes[range], as: UTF8.self)
            default: break
            }
        }
        return isString ? .string(text) : .integer(number)
    }

    private func time(_ range: Range<Int>, isPrecise: Bool) throws(ProtobufError) -> JSONValue {
        // An empty message is Go's zero time, which JSON shows as null.
        guard !range.isEmpty else { return .null }
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            guard case .varint(let value) = field.value else { continue }
            if field.number == 1 { seconds = Int64(bitPattern: value) }
            if field.number == 2 { nanoseconds = Int64(Int32(truncatingIfNeeded: value)) }
        }
        // The years 1 to 9999: others have no text in RFC 3339.
        guard (-62_135_596_800...253_402_300_799).contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else {
            throw ProtobufError("time \(seconds) s and \(nanoseconds) ns is out of range")
        }
        let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        return .string(ScalarText.text(of: time, isPrecise: isPrecise))
    }

    private func duration(_ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        var nanoseconds: Int64 = 0
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            if field.number == 1, case .varint(let value) = field.value { nanoseconds = Int64(bitPattern: value) }
        }
        return .string(GoDuration.text(nanoseconds: nanoseconds))
    }

    private func anyJSON(_ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            guard field.number == 1, case .bytes(let range) = field.value, !range.isEmpty else { continue }
            do {
                return try JSONValue(json: Array(bytes[range]))
            } catch {
                throw ProtobufError("json: \(error.reason)")
            }
        }
        return .null
    }
}

extension CodecPlan.Element {
    /// Whether its values are varints, which may stand packed.
    fileprivate var isVarint: Bool { self == .bool || self == .int32 || self == .int64 }
}
