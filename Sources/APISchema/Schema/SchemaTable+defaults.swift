public import JSON

extension SchemaTable {
    /// An object with the constants that stand in fields where nobody set them, such as `protocol: TCP` of a port.
    ///
    /// Only objects that are there get fields: a probe gets its period, but a container no probe. What depends on
    /// something else (the pull policy on the image's tag, node ports on the type) is for whoever knows the kind.
    /// Members come in the order of the message; those that it does not have come last.
    public func withDefaults(_ value: JSONValue, message: String) -> JSONValue {
        guard let message = plan.message(message) else { return value }
        return plan.withDefaults(value, message)
    }
}

extension CodecPlan {
    fileprivate func withDefaults(_ value: JSONValue, _ message: Message) -> JSONValue {
        guard let members = value.object else { return value }
        var object = JSONObject()
        for field in message.fields {
            let present = members[field.schema.name] ?? .null
            guard let member = present.isNull ? field.schema.defaultValue : present else {
                if members[field.schema.name] != nil { object[field.schema.name] = .null }
                continue
            }
            object[field.schema.name] = withDefaults(member, field)
        }
        for member in members where message.positions[member.name] == nil { object[member.name] = member.value }
        return .object(object)
    }

    private func withDefaults(_ value: JSONValue, _ field: Field) -> JSONValue {
        guard case .message(let index) = field.element else { return value }
        let message = messages[index]
        switch (field.shape, value) {
        case (.single, _): return withDefaults(value, message)
        case (.list, .array(let elements)): return .array(elements.map { withDefaults($0, message) })
        case (.map, .object(let members)):
            var object = JSONObject()
            for member in members { object[member.name] = withDefaults(member.value, message) }
            return .object(object)
        default: return value
        }
    }
}
