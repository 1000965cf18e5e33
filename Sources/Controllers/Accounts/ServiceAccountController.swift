import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps a service account `default` in every namespace that stays.
///
/// Source: `k8s.io/kubernetes/pkg/controller/serviceaccount` `serviceaccounts_controller.go`.
public struct ServiceAccountController: Controller {
    /// The name in logs.
    public let name = "serviceaccount-controller"
    private let accounts: [String]

    /// The controller.
    ///
    /// - Parameter accounts: The names that there shall be in each namespace.
    public init(accounts: [String] = ["default"]) {
        self.accounts = accounts
    }

    /// The namespaces that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .namespace(let change): return change.new == nil ? [] : [change.name]
        case .serviceAccount(let change):
            guard change.new == nil, accounts.contains(change.name.name) else { return [] }
            return change.name.namespace.map { [ObjectName(namespace: nil, name: $0)] } ?? []
        default: return []
        }
    }

    /// What to do about a namespace's accounts.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let namespace = state.namespaces[key], namespace.isActive else { return Reconciliation() }
        let missing = accounts.filter { state.serviceAccounts[key.name, $0] == nil }
        return Reconciliation(
            missing.map { account in
                ClusterWrite(
                    ServiceAccountKind.resource,
                    namespace: key.name,
                    name: account,
                    .create([
                        "apiVersion": "v1", "kind": "ServiceAccount",
                        "metadata": ["name": .string(account), "namespace": .string(key.name)],
                    ])
                )
            }
        )
    }
}

extension Resource<NamespaceKind> {
    /// Whether objects may be made in it.
    var isActive: Bool {
        metadata.deletionTimestamp == nil && value[path: "status", "phase"]?.string != "Terminating"
    }
}
