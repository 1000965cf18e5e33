/// What is wrong with an object: which object, which field, why.
public struct ObjectError: Error, Sendable, Equatable {
    /// The object's kind, such as `Service`; nil where it is not known.
    public var kind: String?
    /// The object's namespace; nil where it is not known, or where the kind has none.
    public var namespace: String?
    /// The object's name; nil where it is not known.
    public var name: String?
    /// The field; empty for the object as a whole.
    public var field: FieldPath
    /// What is wrong with it, and what would be right. In upstream's words where it has words for it.
    public var reason: String
    /// Where the field's value begins in the bytes that were read, from 0; nil where nothing was read.
    public var offset: Int?

    /// An error from its parts.
    public init(
        kind: String? = nil,
        namespace: String? = nil,
        name: String? = nil,
        field: FieldPath = FieldPath(),
        reason: String,
        offset: Int? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.field = field
        self.reason = reason
        self.offset = offset
    }
}

extension ObjectError: CustomStringConvertible {
    /// `Service default/web: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`; with the
    /// byte offset where that is all there is to find the place.
    public var description: String {
        var parts: [String] = []
        let object = [kind, name.map { name in namespace.map { "\($0)/\(name)" } ?? name }].compactMap(\.self)
        if !object.isEmpty { parts.append(object.joined(separator: " ")) }
        if !field.isEmpty { parts.append("\(field)") }
        parts.append(reason)
        let text = parts.joined(separator: ": ")
        guard field.isEmpty, let offset else { return text }
        return "\(text) (at byte \(offset))"
    }
}
