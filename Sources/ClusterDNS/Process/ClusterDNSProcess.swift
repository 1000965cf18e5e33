import Addressing
import FoundationEssentials
import KubernetesClient
public import Logging
import ObjectSources
import Observability
import ServiceLifecycle
public import UnixSignals

/// `trama dns`, from a configuration to the end of the process.
public enum ClusterDNSProcess {
    /// Serves until a signal comes.
    ///
    /// - Parameter shutdownSignals: What ends it; none where a service group of the caller's does.
    /// - Throws: What kept it from starting or from going on, with the remedy.
    public static func run(
        _ configuration: ClusterDNSConfiguration,
        logger: Logger,
        shutdownSignals: [UnixSignal] = [.sigterm, .sigint]
    ) async throws {
        let registry = MetricsRegistry()
        registry.registerProcess(version: TramaVersion.current)
        let state = ServingState()
        let names = ClusterNames(ClusterZone(zoneConfiguration(configuration), serial: serial))
        registry.computed("trama_dns_services", help: "Services that have names.", kind: .gauge) {
            Double(names.serviceCount)
        }
        let (source, client) = try makeSource(configuration, logger: logger)

        // Stopped in reverse: who answers first, what says how we are last.
        var services: [any ServiceLifecycle.Service] = []
        if let address = configuration.httpAddress {
            services.append(statusService(at: address, registry: registry, state: state, logger: logger))
        }
        services.append(NameSource(source: source, names: names, state: state))
        var nameService = NameService(
            authorities: [names],
            zone: configuration.domain,
            endpoints: configuration.endpoints,
            forwarding: configuration.forwarding,
            for: configuration.forwardingClients,
            registry: registry,
            logger: logger
        )
        nameService.begins = { await state.untilSynced() }
        nameService.didListen = { state.listen() }
        services += nameService.services()
        logger.notice(
            "starting",
            metadata: ["version": "\(TramaVersion.current)", "domain": "\(configuration.domain)"]
        )
        let serviceGroup = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: shutdownSignals,
                logger: logger
            )
        )
        do {
            try await serviceGroup.run()
        } catch {
            await client?.shutdown()
            throw error
        }
        await client?.shutdown()
        logger.notice("stopped")
    }

    /// Versions grow from process to process, and by one with each change.
    private static var serial: UInt32 {
        UInt32(truncatingIfNeeded: WallTime.now().nanosecondsSinceEpoch / 1_000_000_000)
    }

    private static func zoneConfiguration(_ configuration: ClusterDNSConfiguration) -> ClusterZone.Configuration {
        let addresses = configuration.endpoints.flatMap { LocalAddresses.expand($0) }.map(\.address)
        let reachable = addresses.filter { !$0.isLoopback }
        return ClusterZone.Configuration(
            domain: configuration.domain,
            timeToLive: configuration.timeToLive,
            serverAddresses: reachable.isEmpty ? addresses : reachable
        )
    }

    private static func makeSource(
        _ configuration: ClusterDNSConfiguration,
        logger: Logger
    ) throws -> (any ObjectSource, KubernetesClient?) {
        switch configuration.source {
        case .manifests(let directory):
            return (ManifestSource(directory: directory, nodeName: "", logger: logger), nil)
        case .cluster(let kubeconfig):
            var settings = try ClientConfiguration.resolve(
                kubeconfig: kubeconfig,
                master: nil,
                environment: ProcessInfo.processInfo.environment
            )
            settings.userAgent = "trama-dns/\(TramaVersion.current)"
            let client = try KubernetesClient(settings)
            return (APIServerSource(ofEveryServiceBehind: client, logger: logger), client)
        }
    }

    private static func statusService(
        at address: ListenAddress,
        registry: MetricsRegistry,
        state: ServingState,
        logger: Logger
    ) -> StatusService {
        var routes = StatusRoutes()
        routes.get("/health") { _ in .text("OK") }
        routes.get("/ready") { _ in state.isReady ? .text("OK") : .text("not ready", status: 503) }
        routes.get("/metrics") { _ in
            StatusResponse(
                status: 200,
                headers: [.init("Content-Type", MetricsRegistry.contentType)],
                body: registry.exposition()
            )
        }
        return StatusService(name: "status", addresses: [address], logger: logger) { [routes] in
            routes.respond(to: $0)
        }
    }
}
