import KubernetesAPI

extension KindDefinition {
    /// Configuration that pods read.
    public static let configMap = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true),
        shortNames: ["cm"],
        schema: "io.k8s.api.core.v1.ConfigMap",
        strategy: ConfigMapStrategy(),
        columns: [
            .name,
            .count("Data", type: "string", "How many keys there are.") { $0.data.count + $0.binaryData.count },
            .age,
        ]
    )
}
