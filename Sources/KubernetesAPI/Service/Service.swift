/// A Service (core `v1`): addresses and ports under which a set of endpoints is reached.
///
/// Texts are kept as they were written; ``validationErrors()`` says which of them are no good.
public struct Service: Sendable, Hashable {
    /// Name, namespace, labels, age.
    public var metadata: ObjectMeta
    /// How it is exposed.
    public var type: ServiceType
    /// Its virtual addresses, one per family, the primary first; `["None"]` for a headless Service. Where only
    /// `spec.clusterIP` is given, that one.
    public var clusterIPs: [String]
    /// The families it was asked to have: `IPv4`, `IPv6`.
    public var ipFamilies: [String]
    /// Its ports.
    public var ports: [ServicePort]
    /// The name that it stands for, of a Service of type ExternalName; empty for others.
    public var externalName: String
    /// Whether its endpoints have names before they are ready.
    public var publishNotReadyAddresses: Bool
    /// More addresses whose traffic nodes accept, when it reaches them.
    public var externalIPs: [String]
    /// Whether connections of one client go to one endpoint.
    public var sessionAffinity: SessionAffinity
    /// Where traffic from outside may go.
    public var externalTrafficPolicy: TrafficPolicy
    /// Where traffic to its virtual addresses may go.
    public var internalTrafficPolicy: TrafficPolicy
    /// The port on which load balancers ask a node whether it has endpoints; nil or 0 for none.
    public var healthCheckNodePort: Int?
    /// Who may use its load balancer's addresses, as CIDRs; empty for everybody.
    public var loadBalancerSourceRanges: [String]
    /// The addresses of its load balancer (`status.loadBalancer.ingress`).
    public var loadBalancerIngress: [LoadBalancerIngress]

    /// A Service from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        type: ServiceType = .clusterIP,
        clusterIPs: [String] = [],
        ipFamilies: [String] = [],
        ports: [ServicePort] = [],
        externalName: String = "",
        publishNotReadyAddresses: Bool = false,
        externalIPs: [String] = [],
        sessionAffinity: SessionAffinity = .none,
        externalTrafficPolicy: TrafficPolicy = .cluster,
        internalTrafficPolicy: TrafficPolicy = .cluster,
        healthCheckNodePort: Int? = nil,
        loadBalancerSourceRanges: [String] = [],
        loadBalancerIngress: [LoadBalancerIngress] = []
    ) {
        self.metadata = metadata
        self.type = type
        self.clusterIPs = clusterIPs
        self.ipFamilies = ipFamilies
        self.ports = ports
        self.externalName = externalName
        self.publishNotReadyAddresses = publishNotReadyAddresses
        self.externalIPs = externalIPs
        self.sessionAffinity = sessionAffinity
        self.externalTrafficPolicy = externalTrafficPolicy
        self.internalTrafficPolicy = internalTrafficPolicy
        self.healthCheckNodePort = healthCheckNodePort
        self.loadBalancerSourceRanges = loadBalancerSourceRanges
        self.loadBalancerIngress = loadBalancerIngress
    }

    /// Whether it has no virtual address, but DNS names for its endpoints.
    public var isHeadless: Bool { type != .externalName && clusterIPs.first == "None" }
}
