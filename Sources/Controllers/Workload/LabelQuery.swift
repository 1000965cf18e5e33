import JSON

/// A label selector as objects have it: `matchLabels` and `matchExpressions`.
struct LabelQuery: Sendable, Hashable {
    /// One thing that must be so.
    struct Requirement: Sendable, Hashable {
        var key: String
        /// `In`, `NotIn`, `Exists` or `DoesNotExist`; `Gt` and `Lt` for nodes.
        var comparison: String
        var values: [String]

        init(key: String, comparison: String, values: [String]) {
            self.key = key
            self.comparison = comparison
            self.values = values
        }

        init(_ value: JSONValue) {
            self.init(
                key: value["key"]?.string ?? "",
                comparison: value["operator"]?.string ?? "",
                values: (value["values"]?.array ?? []).compactMap(\.string)
            )
        }

        /// Whether a value satisfies this; nil where there is none.
        func matches(_ value: String?) -> Bool {
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

    /// All of these must be so.
    var requirements: [Requirement]

    /// A selector; nil where there is none, which selects nothing. One without requirements selects everything.
    init?(_ value: JSONValue?) {
        guard let value, case .object = value else { return nil }
        requirements = (value["matchLabels"]?.object?.members ?? []).map {
            Requirement(key: $0.name, comparison: "In", values: [$0.value.string ?? ""])
        }
        requirements += (value["matchExpressions"]?.array ?? []).map { Requirement($0) }
    }

    var isEmpty: Bool { requirements.isEmpty }

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels[$0.key]) }
    }
}
