import APIAccess
import APIRegistry
import APISchema
import APIServer
public import Addressing
import Dispatch
import Glibc
import JSON
import KubernetesAPI
public import Logging
import NIOSSL
import Observability
import SQLiteStore
import ServiceLifecycle
import Storage
import UnixSignals

/// `trama control-plane`, from a configuration to the end of the process.
public enum ControlPlaneProcess {
    /// Runs a control plane until SIGTERM or SIGINT.
    ///
    /// - Throws: What kept it from starting or from going on, with the remedy.
    public static func run(_ configuration: ControlPlaneConfiguration, logger: Logger) async throws {
        raiseFileLimit()
        let folder = ControlPlaneFolder(path: configuration.folder)
        let facts = self.facts(configuration)
        let credentials = try await offPool { try folder.prepare(facts, now: .now) }
        let etcd = try await offPool { try StoreChoice.etcd(configuration) }
        let store: any Store
        if let etcd {
            store = etcd
        } else {
            var options = SQLiteStore.Options()
            // The server has a cache of its own, which reads everything again if it is ever that far behind.
            options.watchLimits = WatchHub.Limits(historyEventCount: 1_024, historyByteCount: 2 << 20)
            store = try await SQLiteStore.open(at: folder.storePath, options: options)
        }
        // What is in the store takes its place as soon as it is read; until then health and version are for anybody.
        let policy = RBACAuthorizer(BootstrapPolicy.policy)
        let nodes = NodeAuthorizer()
        let objects = ObjectRegistry(
            store: store,
            kinds: .standard,
            schema: .standard,
            serviceRanges: configuration.serviceRanges,
            nodePorts: configuration.nodePorts,
            observers: [PolicyObserver(authorizer: policy), NodeObserver(authorizer: nodes)],
            admission: [NodeRestrictionCheck(authorizer: nodes), EscalationRefusal(authorizer: policy)],
            givesAccounts: configuration.givesAccounts,
            logger: logger
        )
        let issuer = "https://kubernetes.default.svc"
        let accounts = try await ServiceAccountTokens(issuer: issuer, keyPEM: credentials.accountKeyPEM)
        var tokens = StaticTokens()
        if let path = configuration.tokenFile {
            tokens = try StaticTokens(text: try await offPool { try SmallFile.read(path) })
        }
        let metrics = MetricsRegistry()
        let server = try APIServer(
            APIServer.Configuration(
                address: configuration.bindAddress,
                port: Int(configuration.port),
                tls: try tls(credentials.server, credentials.authority),
                advertisedAddress: "\(configuration.advertisedHost):\(configuration.port)",
                nodeTLS: try nodeTLS(credentials)
            ),
            objects: objects,
            bootstrap: Bootstrap(
                serviceRanges: configuration.serviceRanges,
                endpoints: [IPAddress(configuration.advertisedHost)].compactMap { $0 },
                port: Int(configuration.port),
                objects: BootstrapPolicy.objects.map { Bootstrap.Object(resource: $0.kind.resource, value: $0.object) }
            ),
            authenticator: StandardAuthenticator(
                accounts: accounts,
                audiences: [issuer],
                fixed: tokens,
                lookup: { kind, namespace, name in
                    objects.uid(ofKind: kind, namespace: namespace.isEmpty ? nil : namespace, name: name)
                }
            ),
            authorizer: AuthorizerChain([nodes, policy]),
            tokens: AccountTokenIssuer(
                tokens: accounts,
                audiences: [issuer],
                lookup: { objects.object(group: "", plural: $0, namespace: $1, name: $2) }
            ),
            openID: OpenIDDocuments(issuer: issuer, keys: accounts.keySet),
            metrics: metrics,
            logger: logger
        )
        let renewal = CertificateRenewal(
            shown: (credentials.server, credentials.nodeClient),
            prepare: {
                let found = try await offPool { try folder.prepare(facts, now: .now) }
                return (found.server, found.nodeClient)
            },
            show: { try server.show(try tls($0, credentials.authority)) },
            logger: logger
        )
        var services: [any ServiceLifecycle.Service] = [server, renewal, HeapTrimmer()]
        if etcd != nil { services.append(CompactionService(store: store, logger: logger)) }
        if configuration.runsControllers {
            services += try ControllerServices(
                configuration: configuration,
                folder: folder,
                authority: credentials.authority,
                identity: Self.identity(sharesStore: etcd != nil),
                logger: logger,
                tokens: SecretTokenSigner(tokens: accounts, audiences: [issuer]),
                whenServing: {
                    while !(await server.waitUntilReady(timeout: .seconds(60))) { try Task.checkCancellation() }
                }
            ).services()
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        defer { logger.notice("stopped") }
        do {
            try await group.run()
        } catch {
            await store.shutdown()
            throw error
        }
        await store.shutdown()
    }

    /// Who this process is among all whose controllers may lead.
    ///
    /// An embedded store is one process's at a time, and with it all that controllers may do: after a crash the next
    /// process is who the one before was, and need not wait until that one's Lease is over.
    static func identity(sharesStore: Bool) -> String {
        let host = HostName.current ?? "localhost"
        return sharesStore ? "\(host)_\(UInt64.random(in: .min ... .max))" : "\(host)_embedded"
    }

    /// Makes the files of a control plane, and runs nothing. Calls block.
    ///
    /// - Returns: The paths of the kubeconfigs.
    public static func prepare(_ configuration: ControlPlaneConfiguration) throws -> [String] {
        let folder = ControlPlaneFolder(path: configuration.folder)
        let credentials = try folder.prepare(facts(configuration), now: .now)
        return credentials.kubeconfigs.map { "\(folder.path)/\($0.file)" }
    }

    /// The text of a kubeconfig for a user, signed by the authority in the folder. Calls block.
    ///
    /// - Parameter addresses: What a node's server of logs and commands can be reached under, besides the node's name.
    public static func kubeconfig(
        _ configuration: ControlPlaneConfiguration,
        user: String,
        groups: [String],
        addresses: [IPAddress] = []
    ) throws -> String {
        let folder = ControlPlaneFolder(path: configuration.folder)
        let facts = facts(configuration)
        // A node with a name of the API server could take its place.
        if let node = ControlPlaneFolder.nodeName(user: user, groups: groups),
            facts.names.contains(node), node != HostName.current
        {
            throw ControlPlaneFolderError(
                path: folder.path,
                reason: "no node can be named \(node), which is a name of the API server: choose another name"
            )
        }
        let credentials = try folder.prepare(facts, now: .now)
        return try folder.kubeconfig(
            credentials.authority,
            user: user,
            groups: groups,
            addresses: addresses,
            server: facts.server,
            now: .now
        )
    }

    private static func facts(_ configuration: ControlPlaneConfiguration) -> ControlPlaneFolder.Facts {
        ControlPlaneFolder.Facts(
            advertisedHost: configuration.advertisedHost,
            port: configuration.port,
            hostName: HostName.current ?? "localhost",
            serviceAddresses: configuration.serviceRanges.compactMap(\.address.successor),
            extra: configuration.certificateNames
        )
    }

    private static func tls(
        _ own: CertificateAuthority.Leaf,
        _ trusted: CertificateAuthority
    ) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(own.certificatePEM.utf8))
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(own.keyPEM.utf8), format: .pem))
        )
        let authority = try NIOSSLCertificate.fromPEMBytes(Array(trusted.certificatePEM.utf8))
        tls.trustRoots = .certificates(authority)
        tls.certificateVerification = .optionalVerification
        tls.minimumTLSVersion = .tlsv12
        return tls
    }

    /// How the server reaches nodes: they know it by its certificate, and it them by theirs.
    private static func nodeTLS(_ credentials: ControlPlaneFolder.Credentials) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.nodeClient.certificatePEM.utf8))
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateChain = chain.map { .certificate($0) }
        tls.privateKey = .privateKey(
            try NIOSSLPrivateKey(bytes: Array(credentials.nodeClient.keyPEM.utf8), format: .pem)
        )
        tls.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(credentials.authority.certificatePEM.utf8))
        )
        tls.minimumTLSVersion = .tlsv12
        return tls
    }

    /// Does something that blocks where it blocks nobody.
    private static func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Every watch is a connection, and every connection a file.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
