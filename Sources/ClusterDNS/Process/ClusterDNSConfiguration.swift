public import Observability

/// What `trama dns` is told.
public struct ClusterDNSConfiguration: Sendable {
    /// Where Services and EndpointSlices come from.
    public enum Source: Sendable, Equatable {
        /// An API server; nil for the service account of the pod.
        case cluster(kubeconfig: String?)
        /// The manifests in a folder.
        case manifests(String)
    }

    /// Who is asked for names that are not the cluster's.
    public enum Forwarding: Sendable, Equatable {
        /// These, in order.
        case servers([ServerEndpoint])
        /// The name servers of a file such as `/etc/resolv.conf`, which is followed.
        case file(String)
        /// Nobody: such questions are refused.
        case none
    }

    /// Where Services and EndpointSlices come from.
    public var source: Source
    /// The cluster's domain.
    public var domain: DNSName
    /// Where to listen, UDP and TCP; 0.0.0.0 and :: for every address of the machine.
    public var endpoints: [ServerEndpoint]
    /// Who is asked for other names.
    public var forwarding: Forwarding
    /// Whose questions for other names are passed on; others' are refused.
    public var forwardingClients: ForwardingClients
    /// Seconds for which the cluster's names may be remembered.
    public var timeToLive: UInt32
    /// Where `/health`, `/ready` and `/metrics` are; nil for nowhere.
    public var httpAddress: ListenAddress?
    /// How to log.
    public var log: LogSettings

    /// A configuration from its parts.
    public init(
        source: Source,
        domain: DNSName,
        endpoints: [ServerEndpoint],
        forwarding: Forwarding = .file("/etc/resolv.conf"),
        forwardingClients: ForwardingClients = .neighbourhood,
        timeToLive: UInt32 = 5,
        httpAddress: ListenAddress? = nil,
        log: LogSettings = LogSettings()
    ) {
        self.source = source
        self.domain = domain
        self.endpoints = endpoints
        self.forwarding = forwarding
        self.forwardingClients = forwardingClients
        self.timeToLive = timeToLive
        self.httpAddress = httpAddress
        self.log = log
    }
}
