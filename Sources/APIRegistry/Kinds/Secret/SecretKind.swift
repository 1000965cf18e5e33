import KubernetesAPI

extension KindDefinition {
    /// Data that few may read.
    public static let secret = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true),
        schema: "io.k8s.api.core.v1.Secret",
        strategy: SecretStrategy(),
        columns: [
            .name,
            .text("Type", "What the Secret is for.") { $0.type.text },
            .count("Data", type: "string", "How many keys there are.") { $0.data.count },
            .age,
        ],
        selectableFields: ["type": SelectableFields.text("type")]
    )
}
