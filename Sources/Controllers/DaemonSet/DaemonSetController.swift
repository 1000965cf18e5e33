import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps one pod of each DaemonSet on each node that suits it.
///
/// Pods say by an affinity on which node they are to be, and a scheduler binds them. Which template a pod was made from
/// is told by the label ``hashLabel``.
///
/// Source: `k8s.io/kubernetes/pkg/controller/daemon`.
public struct DaemonSetController: Controller {
    /// The label of pods that says which template they were made from.
    public static let hashLabel = "controller-revision-hash"
    /// How many pods are made or ended at a time.
    public static let batch = 250
    /// How old a failed pod must be before another one takes its place, so that one that fails at once does not
    /// come and go without end.
    public static let failureDelay = Duration.seconds(10)

    /// The name in logs.
    public let name = "daemonset-controller"

    /// The controller.
    public init() {}

    /// The DaemonSets that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .daemonSet(let change): return [change.name]
        case .pod(let change): return PodOwnership.keys(for: change, among: state.daemonSets)
        case .node(let change):
            if let old = change.old, let new = change.new, NodeFacts(old) == NodeFacts(new) { return [] }
            return state.daemonSets.objects.keys.sorted()
        default: return []
        }
    }

    /// What to do about a DaemonSet.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let daemonSet = state.daemonSets[key], daemonSet.selector != nil, !daemonSet.isGoing else {
            return Reconciliation()
        }
        let ownership = PodOwnership(of: daemonSet, in: state)
        var layout = DaemonSetLayout(daemonSet, pods: ownership.pods, nodes: state.nodes.facts, now: now)
        var writes = ownership.writes
        if let write = daemonSet.statusWrite(layout.status) { writes.append(write) }
        layout.manage()
        layout.update()
        for pod in layout.unwanted.prefix(Self.batch) { writes.append(PodTemplate.deletion(of: pod)) }
        for node in layout.missing.prefix(Self.batch) { writes.append(Self.creation(of: daemonSet, on: node, layout)) }
        let pods = ownership.pods
        let waits = pods.compactMap { $0.timeToAvailability(after: daemonSet.minReadySeconds, now: now) }
        return Reconciliation(writes, again: (waits + [layout.again].compactMap(\.self)).min())
    }

    /// Says that a pod could not be made or ended.
    public func refused(
        _ write: ClusterWrite,
        because message: String,
        for key: ObjectName,
        in state: ClusterState,
        now: Timestamp
    ) -> Reconciliation {
        guard let daemonSet = state.daemonSets[key], write.resource == Pod.resource else { return Reconciliation() }
        switch write.action {
        case .create:
            let event = daemonSet.event("FailedCreate", "Error creating: \(message)", isWarning: true)
            return Reconciliation(events: [event])
        case .delete:
            let event = daemonSet.event("FailedDelete", "Error deleting: \(message)", isWarning: true)
            return Reconciliation(events: [event])
        default: return Reconciliation()
        }
    }

    // MARK: Pods

    private static func creation(
        of daemonSet: Resource<DaemonSetKind>,
        on node: String,
        _ layout: DaemonSetLayout
    ) -> ClusterWrite {
        var template = daemonSet.template
        let terms: JSONValue = [
            ["matchFields": [["key": "metadata.name", "operator": "In", "values": [.string(node)]]]]
        ]
        template[
            path: "spec",
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution"
        ] = ["nodeSelectorTerms": terms]
        var tolerations = template[path: "spec", "tolerations"]?.array ?? []
        for toleration in Self.tolerations(template["spec"]) where !tolerations.contains(toleration) {
            tolerations.append(toleration)
        }
        template[path: "spec", "tolerations"] = .array(tolerations)
        return PodTemplate.creation(from: template, of: daemonSet, labels: [hashLabel: layout.hash])
    }

    /// What pods of DaemonSets do not mind, as they belong to the node.
    static func tolerations(_ spec: JSONValue?) -> [JSONValue] {
        var taints = [
            ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
        ]
        if spec?["hostNetwork"] == true { taints.append(("network-unavailable", "NoSchedule")) }
        return taints.map { key, effect in
            ["key": .string("node.kubernetes.io/\(key)"), "operator": "Exists", "effect": .string(effect)]
        }
    }
}
