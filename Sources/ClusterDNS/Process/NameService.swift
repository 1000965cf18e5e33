public import Logging
import NIOPosix
public import Observability
public import ServiceLifecycle

/// A server of names, as parts of a process: sockets, and a forwarder for what its zones do not know.
public struct NameService: Sendable {
    private let authorities: [any NameAuthority]
    private let endpoints: [ServerEndpoint]
    private let forwarding: ClusterDNSConfiguration.Forwarding
    private let clients: ForwardingClients
    private let metrics: DNSMetrics
    private let registry: MetricsRegistry
    private let logger: Logger
    /// Returns once there is something to say: sockets are opened then. At once, unless said otherwise.
    public var begins: @Sendable () async -> Void = {}
    /// Is told when questions are answered.
    public var didListen: @Sendable () -> Void = {}

    /// A server; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - authorities: The zones, in the order in which they are asked.
    ///   - zone: What metrics call them.
    ///   - endpoints: Where to listen; 0.0.0.0 and :: for every address of the machine.
    ///   - forwarding: Who is asked for other names.
    ///   - clients: Whose questions for other names are passed on; others' are refused.
    ///   - registry: Where the server's metrics are; one server's.
    ///   - logger: Is told of trouble.
    public init(
        authorities: [any NameAuthority],
        zone: DNSName,
        endpoints: [ServerEndpoint],
        forwarding: ClusterDNSConfiguration.Forwarding,
        for clients: ForwardingClients,
        registry: MetricsRegistry,
        logger: Logger
    ) {
        self.authorities = authorities
        self.endpoints = endpoints
        self.forwarding = forwarding
        self.clients = clients
        self.registry = registry
        self.logger = logger
        metrics = DNSMetrics(registry: registry, zone: zone.description)
    }

    /// What has to run, the server last, so that it is stopped first. To be asked for once.
    public func services() -> [any ServiceLifecycle.Service] {
        let group = MultiThreadedEventLoopGroup.singleton
        let upstreams = UpstreamList()
        let forwarder = Forwarder(upstreams: upstreams, group: group, metrics: metrics, logger: logger)
        registry.computed("coredns_cache_entries", help: "Answers of other servers in memory.", kind: .gauge) {
            Double(forwarder.cachedCount)
        }
        var services: [any ServiceLifecycle.Service] = []
        switch forwarding {
        case .none: break
        case .servers(let servers): upstreams.replace(with: servers)
        case .file(let path):
            services.append(ResolverFileWatch(path: path, upstreams: upstreams, logger: logger))
        }
        if forwarding != .none { services.append(forwarder) }
        services.append(
            DNSServer(
                endpoints: endpoints,
                desk: QueryDesk(
                    authorities: authorities,
                    forwarder: forwarding == .none ? nil : forwarder,
                    policy: ForwardingPolicy(clients, logger: logger),
                    metrics: metrics
                ),
                group: group,
                logger: logger,
                begins: begins,
                didListen: { [didListen, logger] endpoints in
                    Self.exclude(endpoints, from: upstreams, logger)
                    didListen()
                }
            )
        )
        return services
    }

    /// Has nothing forwarded to where we listen ourselves.
    private static func exclude(_ endpoints: Set<ServerEndpoint>, from upstreams: UpstreamList, _ logger: Logger) {
        let before = upstreams.excluded
        upstreams.setOwn(endpoints)
        let excluded = upstreams.excluded
        if excluded != before, !excluded.isEmpty {
            logger.warning(
                "not forwarding to ourselves; name other servers",
                metadata: ["servers": "\(excluded.map(\.description).joined(separator: ", "))"]
            )
        }
    }
}
