public import JSON

/// What a node may write into the objects that it may write: as admission plug-in `NodeRestriction` of kube-apiserver.
///
/// Source: `k8s.io/kubernetes/plugin/pkg/admission/noderestriction/admission.go`.
public struct NodeRestriction: Sendable {
    /// Labels of Nodes under these domains are the administrator's, so that a node cannot attract pods.
    private static let reservedPrefix = "node-restriction.kubernetes.io/"
    /// Labels under `kubernetes.io` that a node may set on itself.
    private static let allowedLabels: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch",
        "beta.kubernetes.io/os", "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type",
        "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
    ]
    private static let allowedPrefixes = ["node.kubernetes.io/", "kubelet.kubernetes.io/"]

    private let nodeOfPod: @Sendable (_ namespace: String, _ name: String) -> String?

    /// The rules.
    ///
    /// - Parameter nodeOfPod: The node that a pod is bound to; nil where there is no such pod or it is bound to none.
    public init(nodeOfPod: @escaping @Sendable (_ namespace: String, _ name: String) -> String?) {
        self.nodeOfPod = nodeOfPod
    }

    /// Why a node may not write this; nil where it may, or where it is no node that writes.
    ///
    /// - Parameters:
    ///   - identity: Who writes.
    ///   - group: The kind's group.
    ///   - plural: The kind, as in URLs.
    ///   - subresource: The part that is written; empty for the object.
    ///   - namespace: The object's namespace; nil for kinds that have none.
    ///   - object: What is to be; nil in a delete.
    ///   - old: What is; nil in a create.
    public func objection(
        to identity: RequestIdentity,
        group: String,
        plural: String,
        subresource: String,
        namespace: String?,
        object: JSONValue?,
        old: JSONValue?
    ) -> String? {
        guard let node = NodeAuthorizer.node(of: identity) else { return nil }
        switch (group, plural) {
        case ("", "nodes"): return objection(toNode: node, object: object, old: old)
        case ("", "pods"): return objection(toPodOf: node, subresource: subresource, object: object, old: old)
        case ("coordination.k8s.io", "leases"):
            let name = (object ?? old)?[path: "metadata", "name"]?.string
            return name == node ? nil : "can only access node lease with the same name as the requesting node"
        case ("", "serviceaccounts") where subresource == "token":
            return objection(toTokenOf: node, namespace: namespace ?? "", request: object)
        default: return nil
        }
    }

    /// A node gets tokens for the pods that it runs.
    private func objection(toTokenOf node: String, namespace: String, request: JSONValue?) -> String? {
        let bound = request?[path: "spec", "boundObjectRef"]
        guard let bound, bound["apiVersion"]?.string == "v1", bound["kind"]?.string == "Pod",
            let name = bound["name"]?.string, !name.isEmpty
        else { return "node requested token not bound to a pod" }
        guard let uid = bound["uid"]?.string, !uid.isEmpty else {
            return "node requested token with a pod binding without a uid"
        }
        guard nodeOfPod(namespace, name) == node else {
            return "node requested token bound to a pod scheduled on a different node"
        }
        return nil
    }

    private func objection(toNode node: String, object: JSONValue?, old: JSONValue?) -> String? {
        let name = (object ?? old)?[path: "metadata", "name"]?.string
        guard name == node else {
            return "node \"\(node)\" is not allowed to modify node \"\(name ?? "")\""
        }
        guard let object else { return nil }
        let (labels, oldLabels) = (Self.labels(of: object), Self.labels(of: old))
        let changed = Set(labels.keys).union(oldLabels.keys).filter { labels[$0] != oldLabels[$0] }
        let forbidden = changed.filter { !Self.mayNodeSet(label: $0) }.sorted()
        guard forbidden.isEmpty else {
            return "is not allowed to modify labels: \(forbidden.joined(separator: ", "))"
        }
        guard let old else { return nil }
        for (field, words) in [("taints", "taints"), ("podCIDR", "podCIDR"), ("podCIDRs", "podCIDRs")]
        where object[path: "spec", field] != old[path: "spec", field] {
            return "node \"\(node)\" is not allowed to modify \(words)"
        }
        // Its owner would decide when the Node is deleted, and with it what the node was told.
        let owners = [object, old].map { $0[path: "metadata", "ownerReferences"]?.array ?? [] }
        guard owners[0] == owners[1] else { return "node \"\(node)\" is not allowed to modify ownerReferences" }
        return nil
    }

    private func objection(
        toPodOf node: String,
        subresource: String,
        object: JSONValue?,
        old: JSONValue?
    ) -> String? {
        guard let old else {
            return subresource.isEmpty ? "pod does not have \"kubernetes.io/config.mirror\" annotation" : nil
        }
        guard old[path: "spec", "nodeName"]?.string == node else {
            return "node \"\(node)\" can only change pods with spec.nodeName set to itself"
        }
        guard let object else { return nil }
        guard subresource == "status" || subresource == "eviction" else {
            return "node \"\(node)\" can only change the status of pods"
        }
        guard subresource == "status" else { return nil }
        for field in ["ownerReferences", "finalizers"]
        where object[path: "metadata", field] != old[path: "metadata", field] {
            return "node \"\(node)\" cannot update \(field) through pod status"
        }
        if object[path: "metadata", "labels"] != old[path: "metadata", "labels"] {
            return "node \"\(node)\" cannot update labels through pod status"
        }
        return nil
    }

    private static func labels(of object: JSONValue?) -> [String: String] {
        var labels: [String: String] = [:]
        for member in object?[path: "metadata", "labels"]?.object?.members ?? [] {
            labels[member.name] = member.value.string ?? ""
        }
        return labels
    }

    private static func mayNodeSet(label: String) -> Bool {
        guard !label.hasPrefix(reservedPrefix) else { return false }
        guard let slash = label.firstIndex(of: "/") else { return true }
        let domain = label[..<slash]
        let isReserved =
            domain == "kubernetes.io" || domain == "k8s.io" || domain.hasSuffix(".kubernetes.io")
            || domain.hasSuffix(".k8s.io")
        return !isReserved || allowedLabels.contains(label) || allowedPrefixes.contains { label.hasPrefix($0) }
    }
}
