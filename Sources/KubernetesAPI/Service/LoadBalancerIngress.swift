/// An address of a Service's load balancer (`status.loadBalancer.ingress[]`).
public struct LoadBalancerIngress: Sendable, Hashable {
    /// The address; nil where it has a host name only.
    public var ip: String?
    /// `VIP`, where packets reach the node still with this address, or `Proxy`; nil means `VIP`.
    public var ipMode: String?
    /// The host name; nil where it has an address.
    public var hostname: String?

    /// An address from its parts.
    public init(ip: String? = nil, ipMode: String? = nil, hostname: String? = nil) {
        self.ip = ip
        self.ipMode = ipMode
        self.hostname = hostname
    }
}
