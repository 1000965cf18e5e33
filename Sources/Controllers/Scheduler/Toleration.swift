import JSON

/// Which taints of a node a pod does not mind.
struct Toleration: Sendable {
    private let key: String
    private let comparison: String
    private let value: String
    private let effect: String

    init(_ json: JSONValue) {
        key = json["key"]?.string ?? ""
        comparison = json["operator"]?.string ?? "Equal"
        value = json["value"]?.string ?? ""
        effect = json["effect"]?.string ?? ""
    }

    /// - Parameter spec: Of a pod.
    static func all(in spec: JSONValue?) -> [Toleration] { (spec?["tolerations"]?.array ?? []).map { Toleration($0) } }

    func tolerates(_ taint: NodeFacts.Taint) -> Bool {
        guard effect.isEmpty || effect == taint.effect else { return false }
        guard key.isEmpty ? comparison == "Exists" : key == taint.key else { return false }
        switch comparison {
        case "Exists": return true
        case "Equal", "": return value == taint.value
        case "Gt", "Lt":
            guard let own = Int64(value), let other = Int64(taint.value) else { return false }
            return comparison == "Gt" ? other > own : other < own
        default: return false
        }
    }
}

extension [Toleration] {
    /// The first taint with one of these effects that is not tolerated.
    func firstUntolerated(_ taints: [NodeFacts.Taint], effects: Set<String>) -> NodeFacts.Taint? {
        taints.first { taint in effects.contains(taint.effect) && !contains { $0.tolerates(taint) } }
    }
}
