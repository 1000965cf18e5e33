public import KubernetesAPI

/// What controllers know of the cluster.
public struct ClusterState: Sendable {
    /// Pods.
    public var pods = ObjectTable<Pod>(index: PodIndex())
    /// Services.
    public var services = ObjectTable<Resource<ServiceKind>>()
    /// EndpointSlices.
    public var endpointSlices = ObjectTable<Resource<EndpointSliceKind>>()
    /// Endpoints.
    public var endpoints = ObjectTable<Resource<EndpointsKind>>()
    /// Nodes.
    public var nodes = ObjectTable<Resource<NodeKind>>(index: NodeIndex())
    /// Leases, those of nodes among them.
    public var leases = ObjectTable<Resource<LeaseKind>>()
    /// Namespaces.
    public var namespaces = ObjectTable<Resource<NamespaceKind>>()
    /// Service accounts.
    public var serviceAccounts = ObjectTable<Resource<ServiceAccountKind>>()
    /// Deployments.
    public var deployments = ObjectTable<Resource<DeploymentKind>>()
    /// ReplicaSets.
    public var replicaSets = ObjectTable<Resource<ReplicaSetKind>>()
    /// DaemonSets.
    public var daemonSets = ObjectTable<Resource<DaemonSetKind>>()

    /// ConfigMaps with the root certificates, one in a namespace; no other ConfigMaps.
    public var rootCertificates = ObjectTable<Resource<ConfigMapKind>>()
    /// Secrets with tokens of service accounts; no other Secrets.
    public var tokenSecrets = ObjectTable<Resource<SecretKind>>()
    /// When nodes were heard of.
    public private(set) var observations = NodeObservations()
    /// The time since an arbitrary start, by a clock that does not jump.
    public var uptime = Duration.zero

    /// Nothing known.
    public init() {}

    /// Takes in when a change of this was seen.
    public mutating func observe(_ change: ClusterChange, at time: Duration) {
        observations.note(change, at: time)
    }
}

/// A change of one object that controllers follow.
public enum ClusterChange: Sendable {
    /// Of a pod.
    case pod(ObjectTable<Pod>.Change)
    /// Of a Service.
    case service(ObjectTable<Resource<ServiceKind>>.Change)
    /// Of an EndpointSlice.
    case endpointSlice(ObjectTable<Resource<EndpointSliceKind>>.Change)
    /// Of Endpoints.
    case endpoints(ObjectTable<Resource<EndpointsKind>>.Change)
    /// Of a Node.
    case node(ObjectTable<Resource<NodeKind>>.Change)
    /// Of a Lease.
    case lease(ObjectTable<Resource<LeaseKind>>.Change)
    /// Of a Namespace.
    case namespace(ObjectTable<Resource<NamespaceKind>>.Change)
    /// Of a ServiceAccount.
    case serviceAccount(ObjectTable<Resource<ServiceAccountKind>>.Change)
    /// Of a Deployment.
    case deployment(ObjectTable<Resource<DeploymentKind>>.Change)
    /// Of a ReplicaSet.
    case replicaSet(ObjectTable<Resource<ReplicaSetKind>>.Change)
    /// Of a DaemonSet.
    case daemonSet(ObjectTable<Resource<DaemonSetKind>>.Change)
    /// Of a ConfigMap with the root certificates.
    case rootCertificate(ObjectTable<Resource<ConfigMapKind>>.Change)
    /// Of a Secret with a service account's token.
    case tokenSecret(ObjectTable<Resource<SecretKind>>.Change)
}
