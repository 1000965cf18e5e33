import JSON
import KubernetesAPI

/// What decides about which pods a node takes, read once per change of the node, and which nodes are not ready.
struct NodeIndex: ObjectIndex {
    /// By the nodes' names.
    private(set) var facts: [String: NodeFacts] = [:]
    /// How many nodes say that they are not ready, or are not heard of.
    private(set) var notReadyCount = 0
    /// Those of them that have no taint yet that ends pods.
    private var unevicted: Set<String> = []
    /// The first of these by name.
    private(set) var firstToEvict: String?

    mutating func take(old: Resource<NodeKind>?, new: Resource<NodeKind>?) {
        if let old { count(old, isThere: false) }
        if let new { count(new, isThere: true) }
        if let new {
            facts[new.metadata.name] = NodeFacts(new)
        } else if let old {
            facts[old.metadata.name] = nil
        }
    }

    private mutating func count(_ node: Resource<NodeKind>, isThere: Bool) {
        guard let ready = NodeCondition.ready(of: node.value), ready.status != "True" else { return }
        notReadyCount += isThere ? 1 : -1
        guard !NodeHealthController.isEvicting(node) else { return }
        let name = node.metadata.name
        if isThere {
            unevicted.insert(name)
            firstToEvict = min(firstToEvict ?? name, name)
        } else {
            unevicted.remove(name)
            if firstToEvict == name { firstToEvict = unevicted.min() }
        }
    }
}

extension ObjectTable<Resource<NodeKind>> {
    /// What decides about which pods a node takes, by the nodes' names.
    var facts: [String: NodeFacts] { (index as? NodeIndex)?.facts ?? [:] }

    /// How many nodes say that they are not ready, or are not heard of.
    var notReadyCount: Int { (index as? NodeIndex)?.notReadyCount ?? 0 }

    /// The first by name of the nodes that are not ready and have no taint yet that ends pods; nil where there is none.
    var firstToEvict: String? { (index as? NodeIndex)?.firstToEvict }
}

/// A node, as far as it decides about which pods it takes.
struct NodeFacts: Sendable, Hashable {
    /// What keeps pods off a node.
    struct Taint: Sendable, Hashable {
        var key: String
        var value: String
        var effect: String
    }

    var name: String
    var labels: [String: String]
    /// `spec.taints`.
    var taints: [Taint]
    /// What the node's `Ready` condition comes to, where nobody wrote it as a taint yet.
    var conditionTaint: Taint?
    /// Whether new pods are kept off it.
    var isUnschedulable: Bool
    /// What it has for pods: CPU in thousandths, all else in whole units.
    var allocatable: [String: Int64]

    var allocatableCPU: Int64
    var allocatableMemory: Int64
    var allocatablePods: Int64

    init(_ node: Resource<NodeKind>) {
        let (spec, status) = (node.value["spec"], node.value["status"])
        name = node.metadata.name
        labels = node.metadata.labels
        let taints = (spec?["taints"]?.array ?? []).map {
            Taint(key: $0["key"]?.string ?? "", value: $0["value"]?.string ?? "", effect: $0["effect"]?.string ?? "")
        }
        self.taints = taints
        isUnschedulable = spec?["unschedulable"]?.bool ?? false
        var amounts: [String: Int64] = [:]
        for member in (status?["allocatable"] ?? status?["capacity"])?.object?.members ?? [] {
            let text = member.value.string ?? member.value.integer.map { "\($0)" }
            guard let quantity = text.flatMap({ Quantity($0) }) else { continue }
            amounts[member.name] = member.name == "cpu" ? quantity.thousandths : quantity.wholeUnits
        }
        allocatable = amounts
        allocatableCPU = amounts["cpu"] ?? 0
        allocatableMemory = amounts["memory"] ?? 0
        allocatablePods = amounts["pods"] ?? 0
        let ready = (status?["conditions"]?.array ?? []).first { $0["type"] == "Ready" }?["status"]?.string
        let key =
            switch ready {
            case "False": "node.kubernetes.io/not-ready"
            case "Unknown": "node.kubernetes.io/unreachable"
            default: ""
            }
        if !key.isEmpty, !taints.contains(where: { $0.key == key }) {
            conditionTaint = Taint(key: key, value: "", effect: "NoSchedule")
        }
    }
}

extension NodeAffinity {
    /// Whether a node is one that the pod can be on.
    func matches(_ node: NodeFacts) -> Bool { matches(node: node.name, labels: node.labels) }
}

extension NodeAffinity.Term {
    /// Whether it is so of a node.
    func matches(_ node: NodeFacts) -> Bool { matches(node: node.name, labels: node.labels) }
}
