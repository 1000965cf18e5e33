/// All messages by name.
public struct SchemaTable: Sendable {
    private let messages: [String: MessageSchema]
    private let positions: [String: [String: Int]]
    /// The table as decoders and encoders use it.
    let plan: CodecPlan

    /// A table of these messages; of two with one name the later one counts.
    public init(_ messages: [MessageSchema]) {
        var byName: [String: MessageSchema] = [:]
        var positions: [String: [String: Int]] = [:]
        for message in messages {
            byName[message.name] = message
            var fields: [String: Int] = [:]
            for (position, field) in message.fields.enumerated() { fields[field.name] = position }
            positions[message.name] = fields
        }
        self.messages = byName
        self.positions = positions
        plan = CodecPlan(byName)
    }

    /// The message of that name; nil where there is none.
    public subscript(_ name: String) -> MessageSchema? { messages[name] }

    /// A message's field of that JSON name; nil where there is none.
    public func field(_ name: String, of message: String) -> FieldSchema? {
        guard let position = positions[message]?[name] else { return nil }
        return messages[message]?.fields[position]
    }

    /// The names of all messages, sorted.
    public var names: [String] { messages.keys.sorted() }

    /// The name of the message that objects of that `apiVersion` and `kind` are, such as `io.k8s.api.core.v1.Service`;
    /// nil where there is none.
    public func message(apiVersion: String, kind: String) -> String? {
        plan.kinds[CodecPlan.Kind(apiVersion: apiVersion, name: kind)]
    }
}
