import JSON

// What JSON shows of a message, as Go's encoder writes it: fields in the order of the struct, those that are empty left
// out or not as their tags say.

extension CodecPlan {
    /// The JSON of a message.
    ///
    /// - Parameter values: The value of each field, at its position; nil for those that are not there.
    func object(_ message: Message, _ values: [JSONValue?]) -> JSONValue {
        var object = JSONObject()
        for (field, value) in zip(message.fields, values) {
            if let value {
                guard field.schema.isAlwaysShown || !field.isEmpty(value) else { continue }
                object[field.schema.name] = value
            } else if field.schema.isAlwaysShown {
                object[field.schema.name] = absentValue(of: field)
            }
        }
        return .object(object)
    }

    /// What a field shows that is not there, but always shown.
    private func absentValue(of field: Field) -> JSONValue {
        field.shape == .single && !field.schema.isNullable ? zero(of: field.element) : .null
    }

    /// What Go's zero value is in JSON.
    func zero(of element: Element) -> JSONValue {
        switch element {
        case .string, .bytes: ""
        case .bool: false
        case .int32, .int64, .double, .intOrString: 0
        case .quantity: "0"
        case .duration: "0s"
        case .time, .microTime, .anyJSON: .null
        case .message(let index): emptyObject(messages[index])
        }
    }

    /// The JSON of a message where no field was set.
    func emptyObject(_ message: Message) -> JSONValue {
        object(message, Array(repeating: nil, count: message.fields.count))
    }
}

extension CodecPlan.Field {
    /// Whether Go's encoder leaves out the value, where the field has `omitempty`.
    fileprivate func isEmpty(_ value: JSONValue) -> Bool {
        switch (shape, value) {
        case (_, .null): return true
        case (.list, .array(let elements)): return elements.isEmpty
        case (.map, .object(let members)), (.mapOfLists, .object(let members)): return members.isEmpty
        case (.single, _):
            guard !schema.isNullable, !element.isStructure || element == .intOrString else { return false }
            switch value {
            case .string(let text): return text.isEmpty
            case .number(let text): return text == "0"
            case .bool(let bool): return !bool
            default: return false
            }
        default: return false
        }
    }
}
