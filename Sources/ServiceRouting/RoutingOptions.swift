public import KubernetesAPI

/// What a ``RoutingTable`` is told once, when it is made.
public struct RoutingOptions: Hashable, Sendable {
    /// The name of this node: an endpoint whose `nodeName` equals it is local.
    public var nodeName: String
    /// Which Services are served: those whose label `service.kubernetes.io/service-proxy-name` has this value, or, for
    /// nil, those without that label.
    public var proxyName: String?
    /// Whether `spec.externalIPs` are served (upstream's gate `AllowServiceExternalIPs`).
    public var allowServiceExternalIPs: Bool
    /// When this process started; changes that began before do not count for the network programming latency.
    public var startTime: Timestamp?

    /// Upstream's defaults for the node of that name.
    public init(
        nodeName: String,
        proxyName: String? = nil,
        allowServiceExternalIPs: Bool = true,
        startTime: Timestamp? = nil
    ) {
        self.nodeName = nodeName
        self.proxyName = proxyName
        self.allowServiceExternalIPs = allowServiceExternalIPs
        self.startTime = startTime
    }
}
