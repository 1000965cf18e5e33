import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps the ConfigMap `kube-root-ca.crt` with the cluster's root certificates in every namespace that stays.
///
/// Source: `k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher`.
public struct RootCertificateController: Controller {
    /// The ConfigMap's name.
    public static let configMapName = "kube-root-ca.crt"
    private static let annotation = "kubernetes.io/description"
    private static let description =
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
        + "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
        + "Kubernetes clusters."

    /// The name in logs.
    public let name = "root-ca-certificate-publisher-controller"
    private let certificates: String

    /// The controller.
    ///
    /// - Parameter certificates: The roots, in PEM.
    public init(certificates: String) {
        self.certificates = certificates
    }

    /// The namespaces that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .namespace(let change): change.new == nil ? [] : [change.name]
        case .rootCertificate(let change):
            change.name.namespace.map { [ObjectName(namespace: nil, name: $0)] } ?? []
        default: []
        }
    }

    /// What to do about a namespace's ConfigMap.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let namespace = state.namespaces[key], namespace.isActive else { return Reconciliation() }
        let data: JSONValue = ["ca.crt": .string(certificates)]
        let present = state.rootCertificates[key.name, Self.configMapName]
        let action: ClusterWrite.Action
        if var value = present?.value {
            let annotation = value[path: "metadata", "annotations", Self.annotation]?.string ?? ""
            guard value["data"] != data || annotation.isEmpty else { return Reconciliation() }
            value["data"] = data
            value[path: "metadata", "annotations", Self.annotation] = .string(Self.description)
            action = .replace(value)
        } else {
            action = .create([
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": [
                    "name": .string(Self.configMapName), "namespace": .string(key.name),
                    "annotations": [Self.annotation: .string(Self.description)],
                ],
                "data": data,
            ])
        }
        let write = ClusterWrite(ConfigMapKind.resource, namespace: key.name, name: Self.configMapName, action)
        return Reconciliation([write])
    }
}
