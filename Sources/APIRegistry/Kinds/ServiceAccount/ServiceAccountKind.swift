import KubernetesAPI

extension KindDefinition {
    /// Who a pod is towards the API server.
    public static let serviceAccount = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true),
        shortNames: ["sa"],
        schema: "io.k8s.api.core.v1.ServiceAccount",
        subresources: [.token],
        strategy: ServiceAccountStrategy(),
        columns: [.name, .age]
    )
}
