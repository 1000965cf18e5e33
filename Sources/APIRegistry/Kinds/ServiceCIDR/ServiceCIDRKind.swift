import KubernetesAPI

extension KindDefinition {
    /// Ranges that ClusterIPs come from.
    public static let serviceCIDR = KindDefinition(
        ResourceType(
            group: "networking.k8s.io",
            version: "v1",
            kind: "ServiceCIDR",
            plural: "servicecidrs",
            namespaced: false
        ),
        schema: "io.k8s.api.networking.v1.ServiceCIDR",
        subresources: [.status],
        strategy: ServiceCIDRStrategy(),
        columns: [.name, .text("CIDRs", "The ranges.") { $0.spec.cidrs.texts.joined(separator: ",") }, .age]
    )
}
