import JSON
import KubernetesAPI

/// The Lease by which a node says that it lives.
///
/// Source: `k8s.io/component-helpers/apimachinery/lease/controller.go`, `k8s.io/kubernetes/pkg/kubelet/util/nodelease.go`.
enum NodeLease {
    /// Where nodes' Leases are.
    static let namespace = "kube-node-lease"
    /// How many renewals there are in the time for which one counts.
    static let renewals = 4

    static let resource = ResourceType(
        group: "coordination.k8s.io",
        version: "v1",
        kind: "Lease",
        plural: "leases",
        namespaced: true
    )

    /// What a renewal makes of the Lease: a merge patch.
    ///
    /// - Parameters:
    ///   - name: The Node's.
    ///   - uid: The Node's; so that the Lease goes with it.
    ///   - duration: For how long a renewal counts, in whole seconds.
    static func renewal(of name: String, uid: String, duration: Duration, now: Timestamp) -> JSONValue {
        [
            "metadata": [
                "ownerReferences": [
                    ["apiVersion": "v1", "kind": "Node", "name": .string(name), "uid": .string(uid)]
                ]
            ],
            "spec": [
                "holderIdentity": .string(name),
                "leaseDurationSeconds": .integer(Int(duration.components.seconds)),
                "renewTime": .string(now.microsecondDescription),
            ],
        ]
    }

    /// A new Lease.
    static func object(of name: String, uid: String, duration: Duration, now: Timestamp) -> JSONValue {
        var object = renewal(of: name, uid: uid, duration: duration, now: now)
        object["apiVersion"] = .string(resource.apiVersion)
        object["kind"] = .string(resource.kind)
        object[path: "metadata", "name"] = .string(name)
        object[path: "metadata", "namespace"] = .string(namespace)
        return object
    }
}
