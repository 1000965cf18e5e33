public import JSON

/// One thing that a selector asks of a label or field, as in `matchExpressions`.
public struct SelectorRequirement: Sendable, Hashable {
    /// The label or field.
    public var key: String
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`; `Gt` and `Lt` for nodes.
    public var comparison: String
    /// What it is compared with.
    public var values: [String]

    /// A requirement from its parts.
    public init(key: String, comparison: String, values: [String]) {
        self.key = key
        self.comparison = comparison
        self.values = values
    }

    /// A requirement as objects have it.
    public init(_ value: JSONValue) {
        self.init(
            key: value["key"]?.string ?? "",
            comparison: value["operator"]?.string ?? "",
            values: (value["values"]?.array ?? []).compactMap(\.string)
        )
    }

    /// Whether a value satisfies this; nil where there is none.
    public func matches(_ value: String?) -> Bool {
        switch comparison {
        case "In": return value.map { values.contains($0) } ?? false
        case "NotIn": return value.map { !values.contains($0) } ?? true
        case "Exists": return value != nil
        case "DoesNotExist": return value == nil
        case "Gt", "Lt":
            guard let number = value.flatMap({ Int64($0) }), let limit = values.first.flatMap({ Int64($0) }) else {
                return false
            }
            return comparison == "Gt" ? number > limit : number < limit
        default: return false
        }
    }
}
