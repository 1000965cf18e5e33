import KubernetesAPI

/// Which nodes can take a pod, and why the others cannot.
///
/// What depends on other pods is counted once per pod, not once per node. Order and words are upstream's.
/// Source: `k8s.io/kubernetes/pkg/scheduler/framework/plugins`.
struct NodeFilter {
    private let request: SchedulingRequest
    private let spread: [(constraint: SpreadConstraint, counts: [String: Int], least: Int)]
    private let attracted: [(key: String, domains: Set<String>)]
    private let repelled: [(key: String, domains: Set<String>)]
    /// Where pods are that do not want this one beside them: label and value.
    private let unwelcome: Set<[String]>

    init(_ request: SchedulingRequest, in state: ClusterState) {
        self.request = request
        spread = request.hardSpread.map { constraint in
            let (counts, least) = constraint.counts(request, in: state)
            return (constraint, counts, least)
        }
        let attracted = request.attractions.map { ($0.topologyKey, $0.domains(in: state)) }
        // The first of pods that want to be together may be anywhere.
        let isFirst =
            attracted.allSatisfy { $0.1.isEmpty }
            && request.attractions.allSatisfy { $0.matches(request.pod, in: state) }
        self.attracted = isFirst ? attracted.map { ($0.0, []) } : attracted
        self.isFirst = isFirst
        repelled = request.repulsions.map { ($0.topologyKey, $0.domains(in: state)) }
        var unwelcome: Set<[String]> = []
        let nodes = state.nodes.facts
        for name in state.pods.placement.withAntiAffinity {
            guard let other = state.pods[name], let node = nodes[other.nodeName] else { continue }
            for term in other.requiredAntiAffinity.map({ PodTerm($0, of: other) }) {
                guard let value = node.labels[term.topologyKey], term.matches(request.pod, in: state) else { continue }
                unwelcome.insert([term.topologyKey, value])
            }
        }
        self.unwelcome = unwelcome
    }

    private let isFirst: Bool
    private static let unschedulable = NodeFacts.Taint(
        key: "node.kubernetes.io/unschedulable",
        value: "",
        effect: "NoSchedule"
    )

    /// Why a node cannot take the pod: all reasons of the first kind; empty where it can.
    func reasons(_ node: NodeFacts, _ usage: NodeUsage) -> [String] {
        if node.isUnschedulable, !request.tolerations.contains(where: { $0.tolerates(Self.unschedulable) }) {
            return ["node(s) were unschedulable"]
        }
        var taints = node.taints
        if let taint = node.conditionTaint { taints.append(taint) }
        if !taints.isEmpty,
            let taint = request.tolerations.firstUntolerated(taints, effects: ["NoSchedule", "NoExecute"])
        {
            return ["node(s) had untolerated taint {\(taint.key): \(taint.value)}"]
        }
        guard request.affinity.matches(node) else { return ["node(s) didn't match Pod's node affinity/selector"] }
        guard hasFreePorts(usage) else { return ["node(s) didn't have free ports for the requested pod ports"] }
        let lacking = lacking(node, usage)
        guard lacking.isEmpty else { return lacking }
        for (constraint, counts, least) in spread {
            guard let value = node.labels[constraint.topologyKey] else {
                return ["node(s) didn't match pod topology spread constraints (missing required label)"]
            }
            let count = (counts[value] ?? 0) + (constraint.countsItself ? 1 : 0)
            guard count - least <= constraint.maxSkew else {
                return ["node(s) didn't match pod topology spread constraints"]
            }
        }
        return neighbours(node).map { [$0] } ?? []
    }

    private func hasFreePorts(_ usage: NodeUsage) -> Bool {
        guard !request.pod.hostPorts.isEmpty, !usage.hostPorts.isEmpty else { return true }
        return request.pod.hostPorts.allSatisfy { port in !usage.hostPorts.keys.contains { $0.conflicts(with: port) } }
    }

    private func lacking(_ node: NodeFacts, _ usage: NodeUsage) -> [String] {
        let pod = request.pod
        var reasons: [String] = []
        if Int64(usage.pods) >= node.allocatablePods { reasons.append("Too many pods") }
        if pod.requestedCPU > 0, usage.cpu + Int128(pod.requestedCPU) > node.allocatableCPU {
            reasons.append("Insufficient cpu")
        }
        if pod.requestedMemory > 0, usage.memory + Int128(pod.requestedMemory) > node.allocatableMemory {
            reasons.append("Insufficient memory")
        }
        for (name, amount) in pod.requestedOther
        where (usage.other[name] ?? 0) + Int128(amount) > node.allocatable[name] ?? 0 {
            reasons.append("Insufficient \(name)")
        }
        return reasons
    }

    private func neighbours(_ node: NodeFacts) -> String? {
        for (key, domains) in attracted {
            guard let value = node.labels[key], isFirst || domains.contains(value) else {
                return "node(s) didn't match pod affinity rules"
            }
        }
        for (key, domains) in repelled {
            if let value = node.labels[key], domains.contains(value) {
                return "node(s) didn't match pod anti-affinity rules"
            }
        }
        if !unwelcome.isEmpty, unwelcome.contains(where: { node.labels[$0[0]] == $0[1] }) {
            return "node(s) didn't satisfy existing pods anti-affinity rules"
        }
        return nil
    }
}
