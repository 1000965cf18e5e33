import KubernetesAPI

extension KindDefinition {
    /// Data that few may read.
    public static let secret = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true),
        schema: "io.k8s.api.core.v1.Secret"
    )
}
