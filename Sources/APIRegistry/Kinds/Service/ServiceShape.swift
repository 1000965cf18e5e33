import JSON

/// What a Service is, as far as other fields depend on it.
struct ServiceShape {
    let type: String
    private let spec: ObjectView

    init(_ service: ObjectView) {
        spec = service.spec
        type = spec.type.text
    }

    /// Whether clients look its endpoints up themselves.
    var isHeadless: Bool { spec.clusterIPs.texts == ["None"] }
    /// Whether it is an alias of a host's name.
    var isAlias: Bool { type == "ExternalName" }
    /// Whether it has node ports.
    var hasNodePorts: Bool { type == "NodePort" || type == "LoadBalancer" }
    /// Whether load balancers serve it.
    var isBalanced: Bool { type == "LoadBalancer" }
    /// Whether it is reached from outside of the cluster.
    var isExternal: Bool { hasNodePorts || type == "ClusterIP" && spec.externalIPs.count > 0 }
    /// Whether load balancers ask nodes whether they have endpoints.
    var needsHealthCheck: Bool { isBalanced && spec.externalTrafficPolicy.text == "Local" }
}
