import JSON
import KubernetesAPI

/// Whether a pod that somebody bound to this node can run here, as far as the node itself must see to it.
///
/// Source: `k8s.io/kubernetes/pkg/kubelet/lifecycle/predicate.go`.
struct NodePredicates: Sendable, Equatable {
    /// Why a pod cannot run here.
    struct Rejection: Error, Sendable, Equatable {
        /// In one word, for programs.
        var reason: String
        /// For people.
        var message: String

        /// The status of such a pod.
        var status: JSONValue {
            [
                "phase": "Failed", "reason": .string(reason), "message": .string("Pod was rejected: \(message)"),
            ]
        }
    }

    /// The Node's name.
    var nodeName: String
    /// The Node's labels.
    var labels: [String: String]
    /// The Node's taints that end pods (`NoExecute`): keys and values.
    var taints: [Taint]
    /// How many pods may be here.
    var maxPods: Int
    /// Processors, in thousandths.
    var cpu: Int64
    /// Memory, in bytes.
    var memory: Int64

    /// A taint's key and value.
    struct Taint: Sendable, Equatable {
        var key: String
        var value: String
    }

    /// What other pods here take.
    struct Usage: Sendable, Equatable {
        var pods = 0
        var cpu: Int64 = 0
        var memory: Int64 = 0
        var hostPorts: [Pod.HostPort] = []

        /// Counts one more pod.
        mutating func add(_ pod: Pod) {
            pods += 1
            cpu = Self.sum(cpu, pod.requestedCPU)
            memory = Self.sum(memory, pod.requestedMemory)
            hostPorts += pod.hostPorts
        }

        fileprivate static func sum(_ left: Int64, _ right: Int64) -> Int64 {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }
    }

    /// Checks a pod.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - spec: Its specification.
    ///   - usage: What the pods take that are here.
    func check(_ pod: Pod, spec: JSONValue?, usage: Usage) throws(Rejection) {
        if let system = spec?[path: "os", "name"]?.string, system != "linux" {
            throw Rejection(
                reason: "PodOSNotSupported",
                message: "Failed to admit pod as the OS field doesn't match node OS"
            )
        }
        if usage.pods >= maxPods {
            throw lacking("pods", requested: 1, used: Int64(usage.pods), capacity: Int64(maxPods))
        }
        if pod.requestedCPU > 0, Usage.sum(usage.cpu, pod.requestedCPU) > cpu {
            throw lacking("cpu", requested: pod.requestedCPU, used: usage.cpu, capacity: cpu)
        }
        if pod.requestedMemory > 0, Usage.sum(usage.memory, pod.requestedMemory) > memory {
            throw lacking("memory", requested: pod.requestedMemory, used: usage.memory, capacity: memory)
        }
        guard NodeAffinity(spec).matches(node: nodeName, labels: labels) else {
            throw failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
        }
        guard pod.hostPorts.allSatisfy({ port in !usage.hostPorts.contains { $0.conflicts(with: port) } }) else {
            throw failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
        }
        for taint in taints
        where !pod.tolerations.contains(where: { $0.covers(key: taint.key, value: taint.value) }) {
            throw failed("TaintToleration", "node(s) had untolerated taint {\(taint.key): \(taint.value)}")
        }
    }

    private func lacking(_ name: String, requested: Int64, used: Int64, capacity: Int64) -> Rejection {
        Rejection(
            reason: "OutOf\(name)",
            message:
                "Node didn't have enough resource: \(name), requested: \(requested), used: \(used), capacity: \(capacity)"
        )
    }

    private func failed(_ predicate: String, _ reason: String) -> Rejection {
        Rejection(reason: predicate, message: "Predicate \(predicate) failed: \(reason)")
    }
}

extension NodePredicates {
    /// The rules that follow from a Node: its labels and taints. What there is room for the node itself knows best.
    init(node: JSONValue, facts: NodeDescription) {
        nodeName = facts.name
        labels = facts.allLabels
        for member in node[path: "metadata", "labels"]?.object?.members ?? [] {
            labels[member.name] = member.value.string ?? ""
        }
        taints = (node[path: "spec", "taints"]?.array ?? []).compactMap { taint in
            guard taint["effect"] == "NoExecute", let key = taint["key"]?.string else { return nil }
            return Taint(key: key, value: taint["value"]?.string ?? "")
        }
        maxPods = facts.maxPods
        cpu = Int64(clamping: facts.host.processorCount) * 1000
        memory = Int64(clamping: facts.host.memoryBytes)
    }
}
