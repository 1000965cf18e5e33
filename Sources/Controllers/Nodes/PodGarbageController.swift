public import KubernetesAPI
public import KubernetesClient

/// Deletes pods that nobody will end: those bound to a Node that does not exist, those that are to go and never had a
/// node, and the oldest of those that ended, where there are too many.
///
/// Source: `k8s.io/kubernetes/pkg/controller/podgc`.
public struct PodGarbageController: Controller {
    /// The key that stands for pods that ended, and the one for pods without a node; no Node is called so.
    private static let ended = ObjectName(namespace: "", name: "ended")
    private static let unbound = ObjectName(namespace: "", name: "unbound")

    /// The name in logs.
    public let name = "pod-garbage-collector-controller"
    private let endedLimit: Int
    private let quarantine: Duration

    /// The controller.
    ///
    /// - Parameters:
    ///   - endedLimit: How many pods that ended are kept (`--terminated-pod-gc-threshold`); 0 for all.
    ///   - quarantine: For how long a Node must be missing before its pods are deleted.
    public init(endedLimit: Int = 12_500, quarantine: Duration = .seconds(40)) {
        self.endedLimit = endedLimit
        self.quarantine = quarantine
    }

    /// What a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .node(let change):
            return change.new == nil ? [change.name] : []
        case .pod(let change):
            guard let pod = change.new else { return [] }
            var keys: [ObjectName] = []
            if endedLimit > 0, pod.isFinished, state.pods.count > endedLimit { keys.append(Self.ended) }
            if pod.nodeName.isEmpty {
                if pod.isTerminating { keys.append(Self.unbound) }
            } else if state.observations.nodes[pod.nodeName] == nil {
                keys.append(ObjectName(namespace: nil, name: pod.nodeName))
            }
            return keys
        default: return []
        }
    }

    /// What to do about a missing Node's pods, or about those that ended.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        if key == Self.ended { return Reconciliation(surplus(in: state).map { Self.deletion(of: $0) }) }
        if key == Self.unbound {
            let pods = state.pods.objects.values.filter { $0.nodeName.isEmpty && $0.isTerminating }
            return Reconciliation(pods.map { Self.deletion(of: $0) })
        }
        guard state.nodes[key] == nil, let since = state.observations.missing[key.name] else {
            return Reconciliation()
        }
        let left = since + quarantine - state.uptime
        guard left <= .zero else { return Reconciliation(again: left) }
        let pods = state.pods.objects.values.filter { $0.nodeName == key.name }
        let condition = ClusterWrite.Condition.isGone(NodeKind.resource, key)
        return Reconciliation(pods.map { Self.deletion(of: $0, if: condition) })
    }

    private func surplus(in state: ClusterState) -> [Pod] {
        guard state.pods.count > endedLimit else { return [] }
        let pods = state.pods.objects.values.filter { $0.isFinished && !$0.isTerminating }
        guard pods.count > endedLimit else { return [] }
        let oldest = pods.sorted { left, right in
            let (a, b) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
            let epoch = Timestamp(seconds: 0)
            return a != b ? (a ?? epoch) < (b ?? epoch) : left.metadata.name < right.metadata.name
        }
        return Array(oldest.prefix(pods.count - endedLimit))
    }

    private static func deletion(of pod: Pod, if condition: ClusterWrite.Condition? = nil) -> ClusterWrite {
        ClusterWrite(
            Pod.resource,
            namespace: pod.metadata.namespace,
            name: pod.metadata.name,
            .delete(.init(uid: pod.metadata.uid, gracePeriodSeconds: 0)),
            if: condition
        )
    }
}
