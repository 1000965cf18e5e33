import KubernetesAPI

extension KindDefinition {
    /// A machine that runs pods.
    public static let node = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false),
        shortNames: ["no"],
        storagePrefix: "/registry/minions/",
        schema: "io.k8s.api.core.v1.Node",
        subresources: [.status, .proxy],
        strategy: NodeStrategy(),
        columns: NodeColumns.all,
        selectableFields: ["spec.unschedulable": SelectableFields.flag("spec", "unschedulable")]
    )
}
