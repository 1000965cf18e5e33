import KubernetesAPI

extension KindDefinition {
    /// Containers that run together on a node.
    public static let pod = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true),
        shortNames: ["po"],
        categories: ["all"],
        schema: "io.k8s.api.core.v1.Pod",
        subresources: [.status, .binding, .eviction, .log]
    )
}
