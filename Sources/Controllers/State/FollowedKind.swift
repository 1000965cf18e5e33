import KubernetesAPI
import KubernetesClient

/// A kind that controllers follow: where its objects are kept, and how a change of one is called. Adding a kind is
/// adding a field to ``ClusterState``, a case to ``ClusterChange`` and a row here.
struct FollowedKind<Object: KubernetesObject>: Sendable {
    let table: @Sendable (inout ClusterState, (inout ObjectTable<Object>) -> Void) -> Void
    let change: @Sendable (ObjectTable<Object>.Change) -> ClusterChange
    /// Which objects of the kind are followed.
    var selection = Selection()
}

extension FollowedKind<Pod> {
    static let pods = FollowedKind(table: { $1(&$0.pods) }, change: { .pod($0) })
}

extension FollowedKind<Resource<ServiceKind>> {
    static let services = FollowedKind(table: { $1(&$0.services) }, change: { .service($0) })
}

extension FollowedKind<Resource<EndpointSliceKind>> {
    static let endpointSlices = FollowedKind(table: { $1(&$0.endpointSlices) }, change: { .endpointSlice($0) })
}

extension FollowedKind<Resource<EndpointsKind>> {
    static let endpoints = FollowedKind(table: { $1(&$0.endpoints) }, change: { .endpoints($0) })
}

extension FollowedKind<Resource<NodeKind>> {
    static let nodes = FollowedKind(table: { $1(&$0.nodes) }, change: { .node($0) })
}

extension FollowedKind<Resource<LeaseKind>> {
    static let leases = FollowedKind(table: { $1(&$0.leases) }, change: { .lease($0) })
}

extension FollowedKind<Resource<NamespaceKind>> {
    static let namespaces = FollowedKind(table: { $1(&$0.namespaces) }, change: { .namespace($0) })
}

extension FollowedKind<Resource<ServiceAccountKind>> {
    static let serviceAccounts = FollowedKind(table: { $1(&$0.serviceAccounts) }, change: { .serviceAccount($0) })
}

extension FollowedKind<Resource<DeploymentKind>> {
    static let deployments = FollowedKind(table: { $1(&$0.deployments) }, change: { .deployment($0) })
}

extension FollowedKind<Resource<ReplicaSetKind>> {
    static let replicaSets = FollowedKind(table: { $1(&$0.replicaSets) }, change: { .replicaSet($0) })
}

extension FollowedKind<Resource<DaemonSetKind>> {
    static let daemonSets = FollowedKind(table: { $1(&$0.daemonSets) }, change: { .daemonSet($0) })
}

extension FollowedKind<Resource<ConfigMapKind>> {
    static let rootCertificates = FollowedKind(
        table: { $1(&$0.rootCertificates) },
        change: { .rootCertificate($0) },
        selection: Selection(fields: "metadata.name=\(RootCertificateController.configMapName)")
    )
}

extension FollowedKind<Resource<SecretKind>> {
    static let tokenSecrets = FollowedKind(
        table: { $1(&$0.tokenSecrets) },
        change: { .tokenSecret($0) },
        selection: Selection(fields: "type=\(TokenSecretController.secretType)")
    )
}
