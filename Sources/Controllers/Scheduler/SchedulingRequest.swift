import JSON
import KubernetesAPI
import KubernetesClient

/// What a pod that waits for a node asks of it.
struct SchedulingRequest {
    let pod: Pod
    let affinity: NodeAffinity
    let tolerations: [Toleration]
    /// Limits that must hold (`DoNotSchedule`).
    let hardSpread: [SpreadConstraint]
    /// Limits that are better held (`ScheduleAnyway`).
    let softSpread: [SpreadConstraint]
    /// Pods that must be near.
    let attractions: [PodTerm]
    /// Pods that must not be near.
    let repulsions: [PodTerm]

    static let schedulerName = "default-scheduler"

    /// A request; nil where the pod is not for this scheduler, or not to be scheduled yet.
    init?(_ pod: Pod) {
        guard pod.nodeName.isEmpty, !pod.isFinished, !pod.isTerminating else { return nil }
        let spec = pod.specification
        guard (spec?["schedulerName"]?.string ?? Self.schedulerName) == Self.schedulerName,
            spec?["schedulingGates"]?.array?.isEmpty ?? true
        else { return nil }
        self.pod = pod
        affinity = NodeAffinity(spec)
        tolerations = Toleration.all(in: spec)
        let constraints = (spec?["topologySpreadConstraints"]?.array ?? []).map { SpreadConstraint($0, of: pod) }
        hardSpread = constraints.filter { !$0.isSoft }
        softSpread = constraints.filter(\.isSoft)
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        attractions = (spec?[path: "affinity", "podAffinity", required]?.array ?? []).map { PodTerm($0, of: pod) }
        repulsions = pod.requiredAntiAffinity.map { PodTerm($0, of: pod) }
    }

    /// Whether a pod may get a node because another one got one: it wants to be near it, or evenly spread.
    static func dependsOnOthers(_ pod: Pod) -> Bool {
        guard let spec = pod.specification else { return false }
        return spec[path: "affinity", "podAffinity"] != nil || spec["topologySpreadConstraints"] != nil
    }
}

/// How unevenly pods may be spread over zones, nodes, or whatever a label of the nodes says.
struct SpreadConstraint {
    let maxSkew: Int
    let topologyKey: String
    let isSoft: Bool
    private let selector: LabelQuery?
    private let minDomains: Int
    private let honorsAffinity: Bool
    private let honorsTaints: Bool
    /// Whether the pod itself counts.
    let countsItself: Bool

    init(_ value: JSONValue, of pod: Pod) {
        maxSkew = max(1, value["maxSkew"]?.integer ?? 1)
        topologyKey = value["topologyKey"]?.string ?? ""
        isSoft = value["whenUnsatisfiable"] == "ScheduleAnyway"
        minDomains = value["minDomains"]?.integer ?? 1
        honorsAffinity = value["nodeAffinityPolicy"] != "Ignore"
        honorsTaints = value["nodeTaintsPolicy"] == "Honor"
        var selector = LabelQuery(value["labelSelector"])
        for key in (value["matchLabelKeys"]?.array ?? []).compactMap(\.string) {
            guard let label = pod.metadata.labels[key] else { continue }
            selector?.requirements.append(.init(key: key, comparison: "In", values: [label]))
        }
        self.selector = selector
        countsItself = selector?.matches(pod.metadata.labels) ?? false
    }

    /// How many pods there are by the value of the label, over the nodes that count; and the least of them.
    func counts(_ request: SchedulingRequest, in state: ClusterState) -> (counts: [String: Int], least: Int) {
        let nodes = state.nodes.facts
        var counts: [String: Int] = [:]
        func domain(_ node: NodeFacts) -> String? {
            if honorsAffinity, !request.affinity.matches(node) { return nil }
            if honorsTaints,
                request.tolerations.firstUntolerated(node.taints, effects: ["NoSchedule", "NoExecute"]) != nil
            {
                return nil
            }
            return node.labels[topologyKey]
        }
        var domains: [String: String] = [:]
        for node in nodes.values {
            guard let value = domain(node) else { continue }
            domains[node.name] = value
            counts[value] = 0
        }
        if let selector {
            for pod in state.pods.objects(in: request.pod.metadata.namespace ?? "") {
                guard !pod.nodeName.isEmpty, pod.isActive, let value = domains[pod.nodeName],
                    selector.matches(pod.metadata.labels)
                else { continue }
                counts[value, default: 0] += 1
            }
        }
        return (counts, counts.count < minDomains ? 0 : counts.values.min() ?? 0)
    }
}

/// Pods that another one wants near it, or not: `affinity.podAffinity` and `podAntiAffinity`.
struct PodTerm {
    let topologyKey: String
    private let selector: LabelQuery?
    private let namespaces: Set<String>
    private let namespaceSelector: LabelQuery?

    /// - Parameter pod: Whose term it is.
    init(_ value: JSONValue, of pod: Pod) {
        topologyKey = value["topologyKey"]?.string ?? ""
        var selector = LabelQuery(value["labelSelector"])
        for (field, comparison) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
            for key in (value[field]?.array ?? []).compactMap(\.string) {
                guard let label = pod.metadata.labels[key] else { continue }
                selector?.requirements.append(.init(key: key, comparison: comparison, values: [label]))
            }
        }
        self.selector = selector
        namespaceSelector = LabelQuery(value["namespaceSelector"])
        let named = (value["namespaces"]?.array ?? []).compactMap(\.string)
        let isOwn = named.isEmpty && namespaceSelector == nil
        namespaces = isOwn ? [pod.metadata.namespace ?? ""] : Set(named)
    }

    func matches(_ pod: Pod, in state: ClusterState) -> Bool {
        guard let selector, let namespace = pod.metadata.namespace, covers(namespace, in: state) else { return false }
        return selector.matches(pod.metadata.labels)
    }

    private func covers(_ namespace: String, in state: ClusterState) -> Bool {
        if namespaces.contains(namespace) { return true }
        guard let namespaceSelector else { return false }
        return namespaceSelector.matches(state.namespaces[nil, namespace]?.metadata.labels ?? [:])
    }

    /// The values of the label at which there are such pods.
    func domains(in state: ClusterState) -> Set<String> {
        let nodes = state.nodes.facts
        var all = namespaces
        if namespaceSelector != nil {
            for name in state.namespaces.objects.keys where covers(name.name, in: state) { all.insert(name.name) }
        }
        var domains: Set<String> = []
        for namespace in all {
            for pod in state.pods.objects(in: namespace) {
                guard !pod.nodeName.isEmpty, !pod.isFinished, let value = nodes[pod.nodeName]?.labels[topologyKey],
                    selector?.matches(pod.metadata.labels) == true
                else { continue }
                domains.insert(value)
            }
        }
        return domains
    }
}
