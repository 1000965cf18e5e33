import JSON
import KubernetesAPI
import KubernetesClient

/// What the kinds that make pods from a template have in common.
protocol WorkloadKind: ResourceKind {}

extension ReplicaSetKind: WorkloadKind {}
extension DeploymentKind: WorkloadKind {}
extension DaemonSetKind: WorkloadKind {}

extension Resource where Kind: WorkloadKind {
    /// Namespace and name.
    var objectName: ObjectName { ObjectName(metadata) }

    var isGoing: Bool { metadata.deletionTimestamp != nil }

    var uid: String { metadata.uid }

    /// Which pods are its; nil where it says nothing, or selects everything, which no workload may.
    var selector: LabelQuery? {
        LabelQuery(value[path: "spec", "selector"]).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `spec.template`.
    var template: JSONValue { value[path: "spec", "template"] ?? [:] }

    /// `spec.replicas`.
    var wantedReplicas: Int { max(0, value[path: "spec", "replicas"]?.integer ?? 1) }

    /// `spec.minReadySeconds`.
    var minReadySeconds: Int { max(0, value[path: "spec", "minReadySeconds"]?.integer ?? 0) }

    /// A number of the status; 0 where it is not there.
    func statusCount(_ name: String) -> Int { value[path: "status", name]?.integer ?? 0 }

    /// All annotations.
    var annotations: [String: String] { value[path: "metadata", "annotations"]?.stringMap ?? [:] }

    /// A reference to it, from what it answers for.
    var ownership: OwnerReference {
        OwnerReference(
            apiVersion: Kind.resource.apiVersion,
            kind: Kind.resource.kind,
            name: metadata.name,
            uid: metadata.uid,
            isController: true,
            blocksDeletion: true
        )
    }

    /// An event about it.
    func event(_ reason: String, _ message: String, isWarning: Bool = false) -> ClusterEvent {
        ClusterEvent(Kind.resource, objectName, uid: uid, isWarning: isWarning, reason: reason, message: message)
    }

    /// The request that gives it a status; nil where it has that one.
    func statusWrite(_ status: JSONValue) -> ClusterWrite? {
        guard status != value["status"] ?? [:] else { return nil }
        var changed = value
        changed["status"] = status
        return ClusterWrite(
            Kind.resource,
            namespace: metadata.namespace,
            name: metadata.name,
            subresource: "status",
            .replace(changed)
        )
    }
}

extension JSONValue {
    /// The members that are strings.
    var stringMap: [String: String] {
        var map: [String: String] = [:]
        for member in object?.members ?? [] { map[member.name] = member.value.string }
        return map
    }

    /// An object of strings, sorted by name.
    static func stringMap(_ map: [String: String]) -> JSONValue {
        var members = JSONObject()
        for (name, text) in map.sorted(by: { $0.key < $1.key }) { members[name] = .string(text) }
        return .object(members)
    }
}
