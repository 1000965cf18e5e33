import KubernetesAPI

extension KindDefinition {
    /// One pod on each node.
    public static let daemonSet = KindDefinition(
        ResourceType(group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", namespaced: true),
        shortNames: ["ds"],
        categories: ["all"],
        schema: "io.k8s.api.apps.v1.DaemonSet",
        subresources: [.status],
        strategy: DaemonSetStrategy(),
        columns: DaemonSetStrategy.columns
    )
}
