import KubernetesAPI

extension KindDefinition {
    /// Who has a role in one namespace.
    public static let roleBinding = KindDefinition(
        ResourceType(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            kind: "RoleBinding",
            plural: "rolebindings",
            namespaced: true
        ),
        schema: "io.k8s.api.rbac.v1.RoleBinding",
        nameRule: .pathSegment,
        strategy: RoleBindingStrategy(isNamespaced: true),
        columns: RoleColumns.bindings
    )
}
