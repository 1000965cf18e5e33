import KubernetesAPI

extension KindDefinition {
    /// Who has a ClusterRole everywhere.
    public static let clusterRoleBinding = KindDefinition(
        ResourceType(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            kind: "ClusterRoleBinding",
            plural: "clusterrolebindings",
            namespaced: false
        ),
        schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
        nameRule: .pathSegment,
        strategy: RoleBindingStrategy(isNamespaced: false),
        columns: RoleColumns.bindings
    )
}
