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

    /// Nothing known.
    public init() {}
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
}
