import JSON
public import KubernetesAPI
public import KubernetesClient

/// Says of pods of a node that is not ready that they are not ready either, so that no Service sends anyone there.
///
/// Source: `k8s.io/kubernetes/pkg/controller/util/node` `MarkPodsNotReady`.
public struct NodePodsController: Controller {
    /// The name in logs.
    public let name = "node-pods-controller"

    /// The controller.
    public init() {}

    /// The nodes whose readiness changed, and those of pods that come or become ready on one that is not.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .node(let change):
            guard let node = change.new, Self.isDown(node.value) else { return [] }
            if let old = change.old, Self.isDown(old.value) { return [] }
            return [change.name]
        case .pod(let change):
            guard let pod = change.new, pod.isReady, !pod.nodeName.isEmpty else { return [] }
            let node = ObjectName(namespace: nil, name: pod.nodeName)
            guard state.observations.nodes[pod.nodeName] != nil, change.old?.isReady != true,
                state.nodes[node].map({ Self.isDown($0.value) }) == true
            else { return [] }
            return [node]
        default: return []
        }
    }

    /// What to do about a node's pods.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let node = state.nodes[key], Self.isDown(node.value) else { return Reconciliation() }
        let pods = state.pods.objects.values.filter { $0.nodeName == key.name && $0.isReady }
        let writes = pods.sorted { ObjectName($0.metadata) < ObjectName($1.metadata) }.map { pod in
            ClusterWrite(
                Pod.resource,
                namespace: pod.metadata.namespace,
                name: pod.metadata.name,
                subresource: "status",
                .patch(
                    .strategicMerge,
                    [
                        "metadata": ["uid": .string(pod.metadata.uid)],
                        "status": [
                            "conditions": [
                                [
                                    "type": "Ready", "status": "False", "reason": "NodeNotReady",
                                    "lastTransitionTime": .string(now.secondDescription),
                                ]
                            ]
                        ],
                    ]
                )
            )
        }
        return Reconciliation(writes)
    }

    /// Whether a node said, or silence says of it, that it is not ready. One that never said anything is not meant.
    private static func isDown(_ node: JSONValue) -> Bool {
        guard let ready = NodeCondition.ready(of: node) else { return false }
        return ready.status != "True"
    }
}
