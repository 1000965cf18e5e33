import KubernetesAPI

extension KindDefinition {
    /// Rights in one namespace.
    public static let role = KindDefinition(
        ResourceType(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            kind: "Role",
            plural: "roles",
            namespaced: true
        ),
        schema: "io.k8s.api.rbac.v1.Role",
        nameRule: .pathSegment,
        strategy: RoleStrategy(isNamespaced: true),
        columns: RoleColumns.roles
    )
}
