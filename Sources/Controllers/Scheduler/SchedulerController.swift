import JSON
public import KubernetesAPI
public import KubernetesClient

/// Gives pods a node.
///
/// Run by a ``ControllerManager`` of its own with the component ``component`` that follows ``followedKinds``; it takes a
/// pod as bound as soon as that is decided. Of pods that wait the more important ones come first, but none makes room
/// for them (preemption), and volumes are not looked at.
///
/// Source: `k8s.io/kubernetes/pkg/scheduler`.
public struct SchedulerController: Controller {
    /// The name of the scheduler in pods (`spec.schedulerName`) and in Events.
    public static let component = "default-scheduler"
    /// What it looks at, and `system:kube-scheduler` may follow.
    public static let followedKinds: Set<ResourceType> = [Pod.resource, NodeKind.resource, NamespaceKind.resource]
    /// When a pod that no node can take is looked at again, though nothing that is known to matter changed.
    public static let retry = Duration.seconds(60)

    /// The name in logs.
    public let name = Self.component

    /// The scheduler.
    public init() {}

    /// The pods that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .pod(let change): return Self.keys(for: change, in: state)
        case .node(let change):
            guard let node = change.new else { return [] }
            if let old = change.old, NodeFacts(old) == NodeFacts(node) { return [] }
            return Self.waiting(in: state)
        default: return []
        }
    }

    private static func keys(for change: ObjectTable<Pod>.Change, in state: ClusterState) -> [ObjectName] {
        let (old, new) = (change.old, change.new)
        if let new, new.nodeName.isEmpty {
            // What it asks for, and not what is said about it: that is mostly what is written here.
            let isSame =
                old?.nodeName == new.nodeName && old?.metadata.uid == new.metadata.uid
                && old?.specification == new.specification && old?.metadata.labels == new.metadata.labels
            // It lost a node again that was decided upon: others may have the room.
            if let old, !old.nodeName.isEmpty { return waiting(in: state) }
            return isSame ? [] : [change.name]
        }
        if let old, !old.nodeName.isEmpty, !old.isFinished, new?.isFinished ?? true { return waiting(in: state) }
        guard let new, old?.nodeName.isEmpty ?? true, !new.nodeName.isEmpty else { return [] }
        return state.pods.placement.dependent.sorted()
    }

    /// All pods that have no node, the most important and then the oldest first.
    private static func waiting(in state: ClusterState) -> [ObjectName] {
        state.pods.placement.waiting.map { name in
            let pod = state.pods[name]
            let priority = pod?.specification?["priority"]?.integer ?? 0
            return (0 &- priority, pod?.metadata.creationTimestamp ?? Timestamp(seconds: 0), name)
        }.sorted { $0 < $1 }.map(\.2)
    }

    /// What to do about a pod.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let pod = state.pods[key], let request = SchedulingRequest(pod) else { return Reconciliation() }
        let (nodes, placement) = (state.nodes.facts, state.pods.placement)
        let filter = NodeFilter(request, in: state)
        var suitable: [(node: NodeFacts, usage: NodeUsage)] = []
        var reasons: [String: Int] = [:]
        for (name, node) in nodes {
            let usage = placement.usage[name] ?? NodeUsage()
            let found = filter.reasons(node, usage)
            if found.isEmpty {
                suitable.append((node, usage))
            } else {
                for reason in found { reasons[reason, default: 0] += 1 }
            }
        }
        guard let best = NodeScores(request, in: state).best(of: suitable) else {
            return Self.failure(pod, Self.message(reasons, nodeCount: nodes.count), now: now)
        }
        let event = ClusterEvent(
            Pod.resource,
            key,
            uid: pod.metadata.uid,
            reason: "Scheduled",
            message: "Successfully assigned \(key.namespace ?? "")/\(key.name) to \(best)"
        )
        return Reconciliation([Self.binding(of: pod, to: best)], events: [event])
    }

    /// Says that the server refused to bind a pod.
    public func refused(
        _ write: ClusterWrite,
        because message: String,
        for key: ObjectName,
        in state: ClusterState,
        now: Timestamp
    ) -> Reconciliation {
        guard write.subresource == "binding", let pod = state.pods[key] else { return Reconciliation() }
        return Reconciliation(events: [Self.event(pod, "binding rejected: \(message)")])
    }

    // MARK: Requests

    private static func binding(of pod: Pod, to node: String) -> ClusterWrite {
        var metadata: JSONValue = ["name": .string(pod.metadata.name), "uid": .string(pod.metadata.uid)]
        metadata["namespace"] = pod.metadata.namespace.map { .string($0) }
        let binding: JSONValue = [
            "apiVersion": "v1", "kind": "Binding", "metadata": metadata,
            "target": ["apiVersion": "v1", "kind": "Node", "name": .string(node)],
        ]
        return ClusterWrite(
            Pod.resource,
            namespace: pod.metadata.namespace,
            name: pod.metadata.name,
            subresource: "binding",
            .create(binding)
        )
    }

    private static func event(_ pod: Pod, _ message: String) -> ClusterEvent {
        ClusterEvent(
            Pod.resource,
            ObjectName(pod.metadata),
            uid: pod.metadata.uid,
            isWarning: true,
            reason: "FailedScheduling",
            message: message
        )
    }

    private static func message(_ reasons: [String: Int], nodeCount: Int) -> String {
        guard nodeCount > 0 else { return "no nodes available to schedule pods" }
        let all = reasons.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
        return "0/\(nodeCount) nodes are available: \(all)."
    }

    /// Says why no node can take a pod, unless that was said.
    private static func failure(_ pod: Pod, _ message: String, now: Timestamp) -> Reconciliation {
        let present = pod.conditions["PodScheduled"]
        let isUnschedulable = present?.status == "False" && present?.reason == "Unschedulable"
        guard !isUnschedulable || present?.message != message else { return Reconciliation(again: retry) }
        let since = isUnschedulable ? present?.lastTransition ?? now : now
        let patch: JSONValue = [
            "metadata": ["uid": .string(pod.metadata.uid)],
            "status": [
                "conditions": [
                    [
                        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                        "message": .string(message), "lastTransitionTime": .string(since.secondDescription),
                    ]
                ]
            ],
        ]
        let write = ClusterWrite(
            Pod.resource,
            namespace: pod.metadata.namespace,
            name: pod.metadata.name,
            subresource: "status",
            .patch(.strategicMerge, patch)
        )
        return Reconciliation([write], again: retry, events: [event(pod, message)])
    }
}
