import KubeletServer
import KubernetesAPI
import KubernetesClient
import Logging
import Observability
import PodRuntime
import Proxy
import ServiceLifecycle
import UnixSignals

/// One run of a node.
struct NodeSession {
    private let clients: [KubernetesClient]
    private let services: [any ServiceLifecycle.Service]
    private let logger: Logger

    /// How the API server is spoken to.
    static func clientSettings(_ configuration: NodeConfiguration) throws -> ClientConfiguration {
        var settings = try ClientConfiguration.resolve(
            kubeconfig: configuration.kubeconfig,
            master: nil,
            environment: [:]
        )
        // The kubelet's limits.
        settings.requestsPerSecond = 50
        settings.burst = 100
        settings.userAgent = "trama-node/\(TramaVersion.current)"
        return settings
    }

    init(
        _ configuration: NodeConfiguration,
        settings: ClientConfiguration,
        facts: NodeDescription,
        programs: NodePrograms,
        logger: Logger
    ) throws {
        self.logger = logger
        let client = try KubernetesClient(settings)
        var quick = settings
        let patience = min(.seconds(10), configuration.leaseDuration / 2)
        quick.readTimeout = patience
        quick.connectTimeout = patience
        let leaseClient = try KubernetesClient(quick)
        clients = [client, leaseClient]

        let events = NodeEvents(client: client, nodeName: facts.name, logger: logger)
        var health = NodeHealth()
        health.hasOverlay = configuration.overlay != nil
        if configuration.overlay == nil { health.networkProblem = nil }
        if configuration.proxyFlags == nil { health.proxyProblem = nil }
        let keeper = NodeKeeper(
            client: client,
            facts: facts,
            health: health,
            storage: configuration.stateFolder,
            findProblem: { [folder = configuration.cni.configurationFolder] in ConfigurationList.problem(in: folder) },
            events: events,
            logger: logger
        )
        let environment = ClusterEnvironment(client: client, logger: logger)
        let statuses = PodStatusWriter(client: client, logger: logger)
        let directory = PodDirectory()
        let runtime = PodRuntime(
            configuration: configuration.runtimeConfiguration(
                name: facts.name,
                addresses: facts.addresses,
                programs: programs
            ),
            environment: environment,
            logger: logger
        )

        // Stopped in reverse: pods' networks need the overlay, and their last words somebody who writes them.
        var services: [any ServiceLifecycle.Service] = [
            events, keeper,
            LeaseKeeper(
                client: leaseClient,
                nodeName: facts.name,
                uid: { keeper.uid },
                duration: configuration.leaseDuration,
                logger: logger
            ),
            environment, statuses,
            PodReporter(runtime: runtime, statuses: statuses, directory: directory, events: events),
        ]
        if let overlay = configuration.overlayConfiguration(name: facts.name) {
            services.append(NetworkParts.overlay(overlay, keeper: keeper, logger: logger))
        }
        if let proxy = try configuration.proxyConfiguration(name: facts.name) {
            for warning in proxy.warnings { logger.warning("\(warning)") }
            services.append(NetworkParts.proxy(proxy, keeper: keeper, logger: logger))
        }
        services.append(RuntimePart(runtime: runtime))
        services.append(
            PodFollower(
                client: client,
                facts: facts,
                keeper: keeper,
                runtime: runtime,
                statuses: statuses,
                directory: directory,
                events: events,
                logger: logger
            )
        )
        services.append(
            try KubeletServer(
                Self.serverConfiguration(configuration.servers, name: facts.name, client: settings),
                pods: NodePodAccess(runtime: runtime, directory: directory, keeper: keeper),
                logger: logger
            )
        )
        self.services = services
        let object = ObjectReference(NodeKind.resource, name: facts.name, uid: facts.name)
        events.record(ObjectEvent(object: object, reason: "Starting", message: "Starting kubelet."))
    }

    private static func serverConfiguration(
        _ servers: NodeConfiguration.Servers,
        name: String,
        client: ClientConfiguration
    ) throws -> KubeletServerConfiguration {
        let material = try ServingMaterial(servers, client: client)
        var configuration = KubeletServerConfiguration(
            certificatePEM: material.certificate,
            keyPEM: material.key,
            clientAuthorityPEM: material.clientAuthority
        )
        configuration.nodeName = name
        configuration.addresses =
            servers.address.map { [ListenAddress(host: $0, port: Int(servers.port))] }
            ?? ListenAddress.everyAddress(port: Int(servers.port))
        configuration.healthAddress = servers.healthzAddress
        return configuration
    }

    func run() async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch {
            for client in clients { await client.shutdown() }
            throw error
        }
        for client in clients { await client.shutdown() }
    }
}

/// What runs pods.
private struct RuntimePart: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "pods"
    let runtime: PodRuntime

    func run() async throws {
        do {
            try await runtime.run()
        } catch is CancellationError {}
    }
}
