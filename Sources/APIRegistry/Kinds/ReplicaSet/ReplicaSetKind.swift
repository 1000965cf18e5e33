import KubernetesAPI

extension KindDefinition {
    /// So many pods of a template.
    public static let replicaSet = KindDefinition(
        ResourceType(group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", namespaced: true),
        shortNames: ["rs"],
        categories: ["all"],
        schema: "io.k8s.api.apps.v1.ReplicaSet",
        subresources: [.status, .scale],
        strategy: ReplicaSetStrategy(),
        columns: ReplicaSetStrategy.columns,
        selectableFields: ["status.replicas": SelectableFields.number("status", "replicas")]
    )
}
