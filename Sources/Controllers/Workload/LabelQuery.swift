import JSON
import KubernetesAPI

/// A label selector as objects have it: `matchLabels` and `matchExpressions`.
struct LabelQuery: Sendable, Hashable {
    /// All of these must be so.
    var requirements: [SelectorRequirement]

    /// A selector; nil where there is none, which selects nothing. One without requirements selects everything.
    init?(_ value: JSONValue?) {
        guard let value, case .object = value else { return nil }
        requirements = (value["matchLabels"]?.object?.members ?? []).map {
            SelectorRequirement(key: $0.name, comparison: "In", values: [$0.value.string ?? ""])
        }
        requirements += (value["matchExpressions"]?.array ?? []).map { SelectorRequirement($0) }
    }

    var isEmpty: Bool { requirements.isEmpty }

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels[$0.key]) }
    }
}
