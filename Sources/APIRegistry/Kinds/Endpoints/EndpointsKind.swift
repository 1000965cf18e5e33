import KubernetesAPI

extension KindDefinition {
    /// The endpoints of a Service, as they were told before EndpointSlices.
    public static let endpoints = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Endpoints", plural: "endpoints", namespaced: true),
        shortNames: ["ep"],
        storagePrefix: "/registry/services/endpoints/",
        schema: "io.k8s.api.core.v1.Endpoints",
        strategy: EndpointsStrategy(),
        columns: EndpointsColumns.all,
        deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    )
}
