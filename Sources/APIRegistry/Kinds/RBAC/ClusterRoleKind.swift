import KubernetesAPI

extension KindDefinition {
    /// Rights, everywhere.
    public static let clusterRole = KindDefinition(
        ResourceType(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            kind: "ClusterRole",
            plural: "clusterroles",
            namespaced: false
        ),
        schema: "io.k8s.api.rbac.v1.ClusterRole",
        nameRule: .pathSegment,
        strategy: RoleStrategy(isNamespaced: false),
        columns: RoleColumns.roles
    )
}
