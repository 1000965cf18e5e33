import KubernetesAPI

extension KindDefinition {
    /// Pods of a template, replaced step by step when it changes.
    public static let deployment = KindDefinition(
        ResourceType(group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true),
        shortNames: ["deploy"],
        categories: ["all"],
        schema: "io.k8s.api.apps.v1.Deployment",
        subresources: [.status, .scale],
        strategy: DeploymentStrategy(),
        columns: DeploymentStrategy.columns
    )
}
