public import KubernetesAPI

/// Pods that are being bound: they count on their nodes from the moment on that it is decided, and until the server
/// shows them there.
///
/// That the binding is answered is not enough: what the watch tells next of the pod may have happened before.
public struct AssumedBindings: Sendable {
    /// The nodes, by the pods' uids.
    private var nodes: [String: String] = [:]

    /// None.
    public init() {}

    /// Takes a pod as bound.
    ///
    /// - Returns: The pod on its node.
    public mutating func assume(_ pod: Pod, on node: String) -> Pod {
        nodes[pod.metadata.uid] = node
        var bound = pod
        bound.nodeName = node
        return bound
    }

    /// Whether a pod is taken as bound, and the server did not show it yet.
    public func contains(_ pod: Pod) -> Bool { nodes[pod.metadata.uid] != nil }

    /// What the server tells of a pod, with the node that it is being bound to where that is not in it yet.
    public mutating func complete(_ pod: Pod) -> Pod {
        guard !nodes.isEmpty, let node = nodes[pod.metadata.uid] else { return pod }
        guard pod.nodeName.isEmpty else {
            nodes[pod.metadata.uid] = nil
            return pod
        }
        var bound = pod
        bound.nodeName = node
        return bound
    }

    /// Takes a pod as one that is not being bound any more.
    ///
    /// - Returns: Whether it was until now.
    public mutating func remove(_ pod: Pod) -> Bool { nodes.removeValue(forKey: pod.metadata.uid) != nil }

    /// Forgets a pod that is gone, or in whose place there is another one.
    public mutating func note(_ change: ObjectTable<Pod>.Change) {
        guard !nodes.isEmpty, let old = change.old, old.metadata.uid != change.new?.metadata.uid else { return }
        nodes[old.metadata.uid] = nil
    }
}
