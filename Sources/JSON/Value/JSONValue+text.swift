extension JSONValue {
    /// Reads JSON that holds this value and nothing else. Of a name that is there twice the last one counts.
    public init(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try reader.readValue()
        try reader.finish()
    }

    /// The value's JSON, without white space, members in their order.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }
}

extension JSONReader {
    /// Reads the next value, whatever it is.
    public mutating func readValue() throws(JSONError) -> JSONValue {
        try readValue { (_, _) in }
    }

    /// Reads the next value, whatever it is.
    ///
    /// - Parameter onDuplicate: Is told of each name that its object had before, and where in the bytes the second one
    ///   ends.
    public mutating func readValue(
        onDuplicate: (_ name: String, _ offset: Int) -> Void
    ) throws(JSONError) -> JSONValue {
        switch try nextByte() {
        case UInt8(ascii: "{"):
            var members = JSONObject()
            try beginObject()
            while try nextMember() {
                let name = try text(of: try scanString())
                try readColon()
                if members[name] != nil { onDuplicate(name, offset) }
                members[name] = try readValue(onDuplicate: onDuplicate)
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try beginArray()
            while try nextElement() { elements.append(try readValue(onDuplicate: onDuplicate)) }
            return .array(elements)
        case UInt8(ascii: "\""):
            return .string(try readString())
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            return .bool(try readBool())
        case UInt8(ascii: "n"):
            _ = try skipNull()
            return .null
        case let byte where byte == UInt8(ascii: "-") || Self.isDigit(byte):
            let start = offset
            _ = try scanNumber()
            return .number(String(decoding: bytes[start..<offset], as: UTF8.self))
        default:
            throw unexpected("a value")
        }
    }
}

extension JSONWriter {
    /// Writes a value with all that is in it.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let bool): self.value(bool)
        case .number(let text): self.value(verbatim: text)
        case .string(let string): self.value(string)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }
}
