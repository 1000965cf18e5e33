extension SchemaTable {
    /// The kinds that the control plane serves, and all that they are made of, as of Kubernetes 1.36.
    ///
    /// Numbers, types and merge keys: `generated.proto` and `types.go` of `k8s.io/api` and `k8s.io/apimachinery`.
    public static let standard = SchemaTable(standardTexts.flatMap { SchemaText($0).messages })

    /// The tables, as ``SchemaText`` reads them.
    static let standardTexts: [String] = [
        metadata, discovery, namespaces, nodes, pods, containers, security, scheduling, podStatus, volumes,
        driverVolumes, services, configuration, coreEvents, endpointSlices, authentication, events, coordination,
        networking, apps, autoscaling, rbac, authorization, policy,
    ]
}
