import Addressing
import KubernetesAPI
import KubernetesClient
public import Logging
import NFTables
import Netlink
import Observability
import ServiceLifecycle
import ServiceRouting
public import UnixSignals

/// `trama proxy`, from a configuration to the end of the process.
public enum ProxyProcess {
    /// Does what the configuration asks for; in the usual case, serves until SIGTERM or SIGINT.
    ///
    /// The rules stay in the kernel when it returns.
    ///
    /// - Parameters:
    ///   - shutdownSignals: Which signals end it in good order; none where it is a part of another `ServiceGroup`, whose
    ///     shutdown it follows.
    ///   - isServing: Is called once, when what was known at the start is in the kernel.
    /// - Throws: What kept the proxy from starting or from going on, with the remedy.
    public static func run(
        _ configuration: ProxyConfiguration,
        shutdownSignals: [UnixSignal] = [.sigterm, .sigint],
        logger: Logger,
        isServing: @escaping @Sendable () -> Void = {}
    ) async throws {
        switch configuration.purpose {
        case .cleanUp:
            let removal = TableRemoval(backend: try NFTablesConnection(), logger: logger)
            try await removal.removeOurs(named: configuration.tableName)
            if configuration.takesOver { await removal.removeUpstream() }
        case .initialize:
            applySystemSettings(configuration, logger: logger)
        case .writeConfiguration(let path):
            try configuration.writeDocument(to: path)
        case .run:
            try await serve(configuration, shutdownSignals, logger: logger, isServing: isServing)
        }
    }

    private static func serve(
        _ configuration: ProxyConfiguration,
        _ shutdownSignals: [UnixSignal],
        logger: Logger,
        isServing: @escaping @Sendable () -> Void
    ) async throws {
        let nodeName = try NodeName.detect(override: configuration.nodeNameOverride)
        let families = IPFamily.enabled()
        logger.notice(
            "starting",
            metadata: [
                "version": "\(TramaVersion.current)", "node": "\(nodeName)",
                "families": "\(families.map(\.description).joined(separator: ","))",
                "table": "\(configuration.tableName)",
            ]
        )
        applySystemSettings(configuration, logger: logger)
        let backend = try NFTablesConnection()
        // Where our table is, the kernel has shown what it can; a restart then sends nothing.
        let present = Set(try await backend.tables().map(\.id))
        try await KernelRequirements.check(
            backend,
            families: families.filter {
                !present.contains(TableID(family: TableFamily($0), name: configuration.tableName))
            }
        )

        let registry = MetricsRegistry()
        registry.registerProcess(version: TramaVersion.current)
        let metrics = ProxyMetrics(registry: registry)
        let health = HealthState(timeout: configuration.healthTimeout)
        let inbox = Inbox()
        // Known before the first sync, so that a restart does not take the NodePorts out for a moment.
        let network = try await RouteConnection().localNetwork()
        inbox.post { $0.localNetwork = network }
        let source = try ProxySource(configuration, nodeName: nodeName, logger: logger)
        let healthChecks = HealthCheckServers(isProxyHealthy: { health.isHealthy })
        let conntrack = ConntrackCleaner(metrics: metrics, logger: logger)
        let monitor = try KernelWatch(
            tableName: configuration.tableName,
            families: families,
            portID: backend.portID,
            inbox: inbox,
            logger: logger
        )
        let outputs = SyncOutputs(
            metrics: metrics,
            health: health,
            healthChecks: healthChecks,
            events: source.events,
            reconcileConntrack: { conntrack.post($0) },
            firstSync: {
                isServing()
                guard configuration.takesOver else { return }
                await TableRemoval(backend: backend, logger: logger).removeUpstream()
            },
            nodeName: nodeName
        )
        let loop = SyncLoop(
            configuration: configuration,
            routingOptions: RoutingOptions(
                nodeName: nodeName,
                proxyName: configuration.serviceProxyName,
                startTime: .now
            ),
            families: families,
            backend: backend,
            inbox: inbox,
            monitor: monitor,
            outputs: outputs,
            logger: logger
        )

        // Stopped in reverse: sources first, the servers that say how we are last.
        var services: [any ServiceLifecycle.Service] = []
        if let server = HealthServer.makeService(
            configuration,
            health: health,
            metrics: metrics,
            events: source.events,
            nodeName: nodeName,
            logger: logger
        ) {
            services.append(server)
        }
        if let server = MetricsServer.makeService(
            configuration,
            registry: registry,
            events: source.events,
            nodeName: nodeName,
            logger: logger
        ) {
            services.append(server)
        }
        if let file = configuration.configurationFile {
            services.append(ConfigurationFileWatch(path: file, logger: logger))
        }
        services += source.eventServices
        services += [conntrack, monitor, loop]
        services.append(NodeAddressWatch(inbox: inbox, logger: logger))
        services.append(SourcePump(source: source.objects, inbox: inbox))

        source.events.record(.starting(nodeName: nodeName))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: shutdownSignals,
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch {
            await healthChecks.close()
            await source.shutdown()
            throw error
        }
        await healthChecks.close()
        await source.shutdown()
        logger.notice("stopped; the rules stay")
    }

    /// Sets what the kernel should be told; nothing of it is worth failing for.
    private static func applySystemSettings(_ configuration: ProxyConfiguration, logger: Logger) {
        let files = SystemFiles()
        let results =
            [files.setOOMScoreAdjustment(configuration.oomScoreAdjustment)] + files.apply(configuration.conntrack)
        for result in results {
            if result.isFailure {
                logger.warning("\(result)")
            } else {
                logger.debug("\(result)")
            }
        }
    }
}

extension IPFamily {
    /// The families that the kernel has switched on in this network namespace: IPv4, and IPv6 unless it is compiled out or
    /// disabled (upstream: cmd/kube-proxy/app/server_linux.go).
    static func enabled(files: SystemFiles = SystemFiles()) -> [IPFamily] {
        guard
            (try? files.read("/proc/net/if_inet6")) != nil,
            (try? files.read("/proc/sys/net/ipv6/conf/all/disable_ipv6")) != "1"
        else { return [.ipv4] }
        return [.ipv4, .ipv6]
    }
}
