public import KubernetesAPI

// The kinds that controllers follow as trees.

/// `v1` `Namespace`.
public enum NamespaceKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Namespace",
        plural: "namespaces",
        namespaced: false
    )
}

/// `v1` `ServiceAccount`.
public enum ServiceAccountKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "ServiceAccount",
        plural: "serviceaccounts",
        namespaced: true
    )
}

/// `v1` `Endpoints`.
public enum EndpointsKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Endpoints",
        plural: "endpoints",
        namespaced: true
    )
}

/// `v1` `Service`, as a tree: its selector and policies.
public enum ServiceKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Service",
        plural: "services",
        namespaced: true
    )
}

/// `v1` `Node`, as a tree.
public enum NodeKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Node",
        plural: "nodes",
        namespaced: false
    )
}

/// `coordination.k8s.io/v1` `Lease`.
public enum LeaseKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "coordination.k8s.io",
        version: "v1",
        kind: "Lease",
        plural: "leases",
        namespaced: true
    )
}

/// `apps/v1` `Deployment`.
public enum DeploymentKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "apps",
        version: "v1",
        kind: "Deployment",
        plural: "deployments",
        namespaced: true
    )
}

/// `apps/v1` `ReplicaSet`.
public enum ReplicaSetKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "apps",
        version: "v1",
        kind: "ReplicaSet",
        plural: "replicasets",
        namespaced: true
    )
}

/// `apps/v1` `DaemonSet`.
public enum DaemonSetKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "apps",
        version: "v1",
        kind: "DaemonSet",
        plural: "daemonsets",
        namespaced: true
    )
}

/// `discovery.k8s.io/v1` `EndpointSlice`, as a tree.
public enum EndpointSliceKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "discovery.k8s.io",
        version: "v1",
        kind: "EndpointSlice",
        plural: "endpointslices",
        namespaced: true
    )
}

/// `v1` `ConfigMap`.
public enum ConfigMapKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "ConfigMap",
        plural: "configmaps",
        namespaced: true
    )
}

/// `v1` `Secret`.
public enum SecretKind: ResourceKind {
    /// As the API server serves it.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Secret",
        plural: "secrets",
        namespaced: true
    )
}
