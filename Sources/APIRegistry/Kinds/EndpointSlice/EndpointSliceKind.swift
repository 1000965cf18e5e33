import KubernetesAPI

extension KindDefinition {
    /// Some of the endpoints of a Service.
    public static let endpointSlice = KindDefinition(
        ResourceType(
            group: "discovery.k8s.io",
            version: "v1",
            kind: "EndpointSlice",
            plural: "endpointslices",
            namespaced: true
        ),
        schema: "io.k8s.api.discovery.v1.EndpointSlice",
        strategy: EndpointSliceStrategy(),
        columns: EndpointSliceColumns.all
    )
}
