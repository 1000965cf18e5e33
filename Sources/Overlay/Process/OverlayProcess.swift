import Addressing
import Attachment
import ClusterDNS
import FoundationEssentials
import KubernetesClient
public import Logging
import Netlink
import Observability
import OverlayCore
import OverlayDataplane
import OverlayMesh
import PathProbing
import ServiceLifecycle
public import UnixSignals
import WireGuard

/// `trama overlay launch`, from a configuration to the end of the process.
public enum OverlayProcess {
    /// Runs the overlay until SIGTERM or SIGINT. The network stays in the kernel.
    ///
    /// - Parameters:
    ///   - shutdownSignals: Which signals end it in good order; none where it is a part of another `ServiceGroup`, whose
    ///     shutdown it follows.
    ///   - obstaclesChanged: Is told why pods cannot be attached or reached, whenever that changes; nothing where they
    ///     can. Nil where nobody wants to know.
    /// - Throws: What kept it from starting or from going on, with the remedy.
    public static func run(
        _ configuration: OverlayConfiguration,
        shutdownSignals: [UnixSignal] = [.sigterm, .sigint],
        logger: Logger,
        obstaclesChanged: (@Sendable ([String]) -> Void)? = nil
    ) async throws {
        try configuration.check()
        let lock = try HostLock()
        defer { withExtendedLifetime(lock) {} }
        let folder = try StateFolder(path: configuration.stateFolder)
        try await checkHost(configuration)
        var found = try PeerIdentity.find(in: folder)
        if case .replaced(let old) = found.origin {
            logger.notice(
                "this state folder is a copy of another machine's: taking a new identity",
                metadata: ["old": "\(old.id)", "new": "\(found.identity.id)"]
            )
        }
        while true {
            let session = try await OverlaySession(
                configuration,
                folder: folder,
                identity: found.identity,
                logger: logger,
                obstaclesChanged: obstaclesChanged
            )
            do {
                try await session.run(shutdownSignals)
                logger.notice("stopped; the network stays")
                return
            } catch let error as IdentityLost {
                let new = try PeerIdentity.renew(in: folder)
                logger.warning(
                    "taking a new identity",
                    metadata: ["reason": "\(error.reason)", "old": "\(found.identity.id)", "new": "\(new.id)"]
                )
                found.identity = new
            }
        }
    }
}

extension OverlayProcess {
    /// Refuses what others on this host have already, before anything is touched.
    private static func checkHost(_ configuration: OverlayConfiguration) async throws {
        let devices: Set<String> = [configuration.vxlanDevice, configuration.wireGuardDevice]
        let isOurs = { (name: String) in devices.contains(name) || HostNetwork.isOverlayLink(name) }
        let links = try await RouteConnection().links()
        try PortCheck.run(PortCheck.uses(configuration, links: links, isOurs: isOurs))
        if let conflict = try await HostNetwork.conflict(with: configuration.ranges, isOurs: isOurs) { throw conflict }
    }
}

/// The overlay under one identity.
struct OverlaySession {
    private let services: [any ServiceLifecycle.Service]
    private let logger: Logger

    init(
        _ configuration: OverlayConfiguration,
        folder: StateFolder,
        identity: PeerIdentity,
        logger: Logger,
        obstaclesChanged: (@Sendable ([String]) -> Void)?
    ) async throws {
        self.logger = logger
        let own = Self.record(configuration, identity)
        logger.notice(
            "starting",
            metadata: [
                "version": "\(TramaVersion.current)", "peer": "\(own.id)", "name": "\(own.name)",
                "ranges": "\(configuration.ranges.map(\.description).joined(separator: ","))",
                "encryption": "\(configuration.encryption)",
            ]
        )
        let registry = MetricsRegistry()
        registry.registerProcess(version: TramaVersion.current)
        let metrics = OverlayMetrics(registry: registry)
        let token: ClusterToken? =
            if case .mesh(let file) = configuration.membership { try ClusterToken(file: file) } else { nil }

        // The daemon is made after the parts that speak to it.
        let daemonBox = DaemonReference()
        guard let secret = WireGuardSecret(bytes: identity.wireGuardPrivateKey) else {
            throw OverlayConfigurationError(
                "\(folder.path)/identity: has no WireGuard key of 32 bytes; delete the file"
            )
        }
        let namespace = try NetworkNamespace.current()
        let reconciler = try OverlayReconciler(in: namespace)
        metrics.follow(reconciler)
        var tunnel: WireGuardTunnel?
        var tunnelKind: String?
        var tunnelProblem: String?
        do {
            let driver = try await WireGuardSelection.automatic.makeDriver(
                device: configuration.wireGuardDevice,
                in: namespace
            )
            tunnelKind = driver.kind.rawValue
            tunnel = try WireGuardTunnel(
                driver: driver,
                configuration: OverlayDaemon.tunnelConfiguration(
                    configuration,
                    own: own,
                    secret: secret,
                    underlay: nil
                ),
                in: namespace
            ) { event in
                Self.log(event, logger)
                daemonBox.post { await $0.tunnelChanged(event) }
            }
        } catch {
            tunnelProblem = "\(error)"
            if configuration.encryption == .require { throw error }
            logger.warning(
                configuration.encryption == .prefer
                    ? "there is no encrypted path: packets go in plain text, by VXLAN" : "there is no encrypted path",
                metadata: ["reason": "\(error)"]
            )
        }
        let prober = try Prober(
            configuration: OverlayDaemon.paths(configuration, own, nil, tunnel != nil),
            devices: Prober.Devices(
                vxlan: configuration.vxlanDevice,
                wireGuard: tunnel == nil ? nil : configuration.wireGuardDevice
            ),
            in: NetworkNamespace.current()
        )
        let attacher = Attacher(
            store: AddressStore(folder: configuration.stateFolder),
            plumbing: try PodPlumbing(in: namespace)
        ) { network, family in
            await daemonBox.daemon?.moreSpace(network: network, family: family) ?? .refused("the overlay is starting")
        }
        var announced = own
        if tunnel != nil {
            announced.wireGuardKey = identity.wireGuardPublicKey
            announced.wireGuardPort = configuration.port
        }
        let feed = tunnel.map { TunnelFeed($0) }
        let names = configuration.names.map { HostNames(domain: $0.domain) }
        let daemon = OverlayDaemon(
            configuration: configuration,
            own: announced,
            parts: OverlayParts(
                reconciler: reconciler,
                prober: prober,
                tunnel: tunnel,
                feed: feed,
                tunnelKind: tunnelKind,
                tunnelProblem: tunnelProblem,
                tunnelSecret: secret,
                presharedKey: token.flatMap { WireGuardSecret(bytes: $0.wireGuardPresharedKey) },
                attacher: attacher,
                names: names,
                metrics: metrics
            ),
            logger: logger
        )
        daemonBox.set(daemon)

        let provider: any MembershipProvider
        var targets: [String] = []
        switch configuration.membership {
        case .mesh:
            let targetStore = TargetStore(path: "\(folder.path)/targets")
            var member = announced
            member.prefixes = configuration.blocks(
                of: try await attacher.table().taken(in: AttachableNetwork.pods)
            )
            targets = targetStore.read() ?? configuration.targets
            provider = MeshMembership(
                transport: try MeshTransport(
                    configuration: MeshTransportConfiguration(
                        node: configuration.meshNode(),
                        token: token ?? .random(),
                        own: member
                    ),
                    store: try MeshStore(folder: folder),
                    logger: logger
                ),
                targets: targets,
                targetStore: targetStore,
                defaultPort: configuration.port,
                daemon: daemon,
                logger: logger
            )
        case .kubernetes(let kubeconfig, let nodeName):
            var settings = try ClientConfiguration.resolve(
                kubeconfig: kubeconfig,
                master: nil,
                environment: ProcessInfo.processInfo.environment
            )
            settings.userAgent = "trama-overlay/\(TramaVersion.current)"
            provider = KubernetesMembership(
                client: try KubernetesClient(settings),
                nodeName: nodeName ?? announced.name,
                ranges: configuration.ranges,
                cachePath: "\(folder.path)/nodes",
                logger: logger,
                daemon: daemon
            )
        }
        await daemon.setProvider(provider)

        let known = targets.compactMap { Target($0, defaultPort: configuration.port).flatMap { IPAddress($0.host) } }
        let ownDevices: Set<String> = [configuration.vxlanDevice, configuration.wireGuardDevice]
        let selection = UnderlaySelection(
            wanted: configuration.endpoint,
            targets: known,
            excluded: configuration.ranges + [PeerID.wireGuardPrefix],
            ownDevices: ownDevices
        )
        var services: [any ServiceLifecycle.Service] = []
        if let address = configuration.statusAddress {
            services.append(
                await StatusPages.makeService(address: address, registry: registry, daemon: daemon, logger: logger)
            )
        }
        services.append(RunningPart("reconciler") { try await reconciler.run() })
        if let tunnel { services.append(RunningPart("encrypted path") { await tunnel.run() }) }
        if let feed {
            services.append(feed)
            services.append(
                RunningPart("outcomes of the encrypted path") { for await _ in feed.changes { await daemon.touch() } }
            )
        }
        services.append(daemon)
        services.append(RunningPart("prober") { await prober.run() })
        services.append(
            RunningPart("paths") {
                for await _ in prober.changes { await daemon.pathsChanged() }
            }
        )
        services.append(RunningPart("traffic") { await daemon.watchTraffic() })
        services.append(daemonBox)
        services.append(
            UnderlayWatch(
                select: selection.select,
                publish: { await daemon.underlayChanged($0) },
                logger: logger
            )
        )
        services.append(provider)
        services.append(
            try ControlSocket(path: configuration.socketPath, daemon: daemon, attacher: attacher, logger: logger)
        )
        if let names, let serving = configuration.names {
            services += NameService(
                authorities: [names],
                zone: serving.domain,
                endpoints: serving.endpoints,
                forwarding: serving.forwarding,
                for: ForwardingClients(configuration.ranges),
                registry: registry,
                logger: logger
            ).services()
        }
        if let obstaclesChanged {
            services.append(RunningPart("readiness") { await daemon.watchObstacles(obstaclesChanged) })
        }
        self.services = services
    }

    func run(_ shutdownSignals: [UnixSignal]) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: shutdownSignals,
                logger: logger
            )
        )
        try await group.run()
    }

    /// What we are, as far as the configuration and the identity say.
    private static func record(_ configuration: OverlayConfiguration, _ identity: PeerIdentity) -> PeerRecord {
        var generator = SystemRandomNumberGenerator()
        var name = configuration.name
        // What the others know it by.
        if name == nil, case .kubernetes(_, let nodeName) = configuration.membership { name = nodeName }
        return PeerRecord(
            id: identity.id,
            name: name ?? HostName.current ?? "localhost",
            instance: generator.next(),
            started: Int64(WallTime.now().secondsSinceEpoch),
            meshPort: configuration.port,
            vxlanPort: configuration.vxlanPort,
            wireGuardPort: 0,
            encryption: configuration.encryption
        )
    }

    private static func log(_ event: WireGuardTunnel.Event, _ logger: Logger) {
        switch event {
        case .made(let count): logger.notice("the encrypted path's device was made", metadata: ["peers": "\(count)"])
        case .adopted(let repaired, _):
            logger.notice("the encrypted path's device was taken over", metadata: ["repaired": "\(repaired)"])
        case .repaired(let what, _):
            logger.warning("the encrypted path's device was repaired", metadata: ["what": "\(what)"])
        case .refused(let error):
            logger.error("the encrypted path's device does not take something", metadata: ["error": "\(error)"])
        case .failed(let error, let wait):
            logger.error(
                "the encrypted path's device cannot be made, trying again",
                metadata: ["error": "\(error)", "after": "\(wait)"]
            )
        }
    }
}
