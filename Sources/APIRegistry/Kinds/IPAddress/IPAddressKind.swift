import KubernetesAPI

extension KindDefinition {
    /// An address that is given to an object.
    public static let ipAddress = KindDefinition(
        ResourceType(
            group: "networking.k8s.io",
            version: "v1",
            kind: "IPAddress",
            plural: "ipaddresses",
            namespaced: false
        ),
        shortNames: ["ip"],
        schema: "io.k8s.api.networking.v1.IPAddress",
        nameRule: .ipAddress
    )
}
