import KubernetesAPI

extension KindDefinition {
    /// What keeps the objects of some apart from those of others.
    public static let namespace = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false),
        shortNames: ["ns"],
        schema: "io.k8s.api.core.v1.Namespace",
        subresources: [.status, .finalize],
        nameRule: .label,
        strategy: NamespaceStrategy(),
        columns: [
            .name,
            .text("Status", "Whether the namespace is in use, or on its way out.") { $0.status.phase.text },
            .age,
        ],
        selectableFields: [
            "name": SelectableFields.text("metadata", "name"), "status.phase": SelectableFields.text("status", "phase"),
        ],
        isDeletableAsCollection: false
    )
}
