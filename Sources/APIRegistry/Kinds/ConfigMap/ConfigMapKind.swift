import KubernetesAPI

extension KindDefinition {
    /// Configuration that pods read.
    public static let configMap = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true),
        shortNames: ["cm"],
        schema: "io.k8s.api.core.v1.ConfigMap"
    )
}
