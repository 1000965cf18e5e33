import KubernetesAPI

extension KindDefinition {
    /// An address behind which endpoints come and go.
    public static let service = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Service", plural: "services", namespaced: true),
        shortNames: ["svc"],
        categories: ["all"],
        storagePrefix: "/registry/services/specs/",
        schema: "io.k8s.api.core.v1.Service",
        subresources: [.status],
        nameRule: .label,
        strategy: ServiceStrategy(),
        columns: ServiceColumns.all,
        selectableFields: [
            "spec.clusterIP": SelectableFields.text("spec", "clusterIP"),
            "spec.type": SelectableFields.text("spec", "type"),
        ]
    )
}
