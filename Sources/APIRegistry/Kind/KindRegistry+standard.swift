extension KindRegistry {
    /// All kinds that a control plane keeps.
    public static let standard = KindRegistry([
        .configMap, .endpoints, .event, .namespace, .node, .pod, .secret, .serviceAccount, .service,
        .controllerRevision, .daemonSet, .deployment, .replicaSet,
        .lease,
        .endpointSlice,
        .groupEvent,
        .ipAddress, .networkPolicy, .serviceCIDR,
        .clusterRoleBinding, .clusterRole, .roleBinding, .role,
    ])
}
