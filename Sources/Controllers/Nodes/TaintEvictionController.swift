import JSON
public import KubernetesAPI
public import KubernetesClient

/// Deletes pods from nodes with `NoExecute` taints: those that do not tolerate them at once, others when their time is
/// over, counted from when we saw the taint.
///
/// Source: `k8s.io/kubernetes/pkg/controller/tainteviction`.
public struct TaintEvictionController: Controller {
    /// The name in logs.
    public let name = "taint-eviction-controller"

    /// The controller.
    public init() {}

    /// The pods that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .node(let change):
            guard let node = change.new else { return [] }
            let taints = Self.evicting(node.value)
            guard !taints.isEmpty, change.old.map({ Self.evicting($0.value) }) != taints else { return [] }
            let name = change.name.name
            return state.pods.objects.filter { $0.value.nodeName == name }.map(\.key)
        case .pod(let change):
            guard let pod = change.new, !pod.nodeName.isEmpty,
                state.observations.nodes[pod.nodeName]?.evicting.isEmpty == false,
                change.old?.nodeName != pod.nodeName || change.old?.tolerations != pod.tolerations
            else { return [] }
            return [change.name]
        default: return []
        }
    }

    /// What to do about a pod.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let pod = state.pods[key], !pod.isTerminating, !pod.isFinished,
            let taints = state.observations.nodes[pod.nodeName]?.evicting, !taints.isEmpty
        else { return Reconciliation() }
        var end: Duration?
        for (taint, since) in taints {
            let matching = pod.tolerations.filter { $0.covers(key: taint.key, value: taint.value) }
            guard !matching.isEmpty else { return Self.eviction(of: pod) }
            // Of several the shortest counts.
            guard let seconds = matching.compactMap(\.seconds).min() else { continue }
            let time = since + .seconds(min(max(seconds, 0), 1 << 32))
            end = end.map { min($0, time) } ?? time
        }
        guard let end else { return Reconciliation() }
        guard end > state.uptime else { return Self.eviction(of: pod) }
        return Reconciliation(again: end - state.uptime)
    }

    private static func evicting(_ node: JSONValue) -> Set<Taint> {
        Set(Taint.all(of: node).filter { $0.effect == Taint.noExecute })
    }

    private static func eviction(of pod: Pod) -> Reconciliation {
        Reconciliation(
            [
                ClusterWrite(
                    Pod.resource,
                    namespace: pod.metadata.namespace,
                    name: pod.metadata.name,
                    .delete(.init(uid: pod.metadata.uid))
                )
            ],
            events: [
                ClusterEvent(
                    Pod.resource,
                    ObjectName(pod.metadata),
                    uid: pod.metadata.uid,
                    reason: "TaintManagerEviction",
                    message: "Marking for deletion Pod \(pod.metadata.namespace ?? "")/\(pod.metadata.name)"
                )
            ]
        )
    }
}
