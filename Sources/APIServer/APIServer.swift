public import APIAccess
import APIRegistry
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import NIOSSL
public import Observability
public import ServiceLifecycle
import Storage
import Synchronization

/// An API server: HTTPS, and the objects behind it.
///
/// ``run()`` serves until the service is told to stop; then watches end, requests under way are finished, and no new
/// ones are taken.
public final class APIServer: Service {
    /// What an API server is made of.
    public struct Configuration: Sendable {
        /// Where it listens; port 0 for any that is free.
        public var address: String
        /// The TCP port.
        public var port: Int
        /// Certificates, keys, and the authorities whose client certificates are trusted.
        public var tls: TLSConfiguration
        /// The address that discovery tells clients, such as `192.0.2.1:6443`.
        public var advertisedAddress: String
        /// The server's certificate and key as a client of nodes, and the authorities of the nodes' certificates; nil where
        /// nodes cannot be asked for logs, nor told to run commands.
        public var nodeTLS: TLSConfiguration?
        /// How many connections there may be; who comes then waits until another one goes. Each watch has one.
        public var connectionLimit = 20_000
        /// How many of them may come from one address; more are closed.
        public var connectionsPerAddress = 10_000
        /// How many bytes of bodies there may be in memory, of everybody and of one user who is no administrator.
        public var bodyMemory = (total: 128 << 20, perUser: 32 << 20)

        /// A configuration from its parts.
        public init(
            address: String,
            port: Int,
            tls: TLSConfiguration,
            advertisedAddress: String,
            nodeTLS: TLSConfiguration? = nil
        ) {
            self.nodeTLS = nodeTLS
            self.address = address
            self.port = port
            self.tls = tls
            self.advertisedAddress = advertisedAddress
            self.tls.applicationProtocols = ["http/1.1"]
        }
    }

    private let configuration: Configuration
    private let certificates: ServerCertificates
    private let endpoint: APIEndpoint
    private let objects: ObjectRegistry
    private let bootstrap: Bootstrap
    private let logger: Logger
    private let boundPort = Mutex<Int?>(nil)
    private let listening = RevisionGate()
    /// How much of bodies is in memory.
    let budget: BodyBudget
    private let bootstrapped: RevisionGate

    /// A server of these objects.
    ///
    /// - Parameters:
    ///   - bootstrap: What every cluster has.
    ///   - authenticator: Finds out who asks.
    ///   - authorizer: Decides whether he may.
    ///   - tokens: Makes tokens of service accounts; nil where there are none.
    ///   - openID: How others check these tokens; nil where nobody is told.
    /// - Throws: What is wrong with the certificates.
    public init(
        _ configuration: Configuration,
        objects: ObjectRegistry,
        bootstrap: Bootstrap,
        authenticator: any Authenticator,
        authorizer: any Authorizer,
        tokens: (any TokenIssuer)? = nil,
        openID: OpenIDDocuments? = nil,
        metrics: MetricsRegistry,
        logger: Logger
    ) throws {
        self.configuration = configuration
        certificates = ServerCertificates(try NIOSSLContext(configuration: configuration.tls))
        budget = BodyBudget(.init(total: configuration.bodyMemory.total, perUser: configuration.bodyMemory.perUser))
        self.objects = objects
        self.bootstrap = bootstrap
        self.logger = logger
        let bootstrapped = RevisionGate()
        self.bootstrapped = bootstrapped
        let health = HealthChecks(checks: HealthChecks.standard(objects, bootstrapped: bootstrapped))
        let discovery = Discovery(
            objects.kinds,
            virtual: ReviewHandler.Review.allCases.map(\.resource) + [.bindings],
            serverAddress: configuration.advertisedAddress
        )
        let resources = ResourceHandler(
            objects: objects,
            tokens: tokens,
            authorizer: authorizer,
            asksNodes: configuration.nodeTLS != nil
        )
        endpoint = APIEndpoint(
            resources: resources,
            reviews: ReviewHandler(
                bodies: resources.bodies,
                protobuf: objects.protobuf,
                authorizer: authorizer,
                authenticator: authenticator
            ),
            paths: PathHandler(
                discovery: discovery,
                health: health,
                openAPI: OpenAPIDocuments(objects.kinds, table: objects.schema),
                openID: openID,
                metrics: metrics
            ),
            watches: WatchServer(objects: objects),
            nodes: try configuration.nodeTLS.map { NodeCarrier(client: try NodeClient(tls: $0)) },
            authenticator: authenticator,
            authorizer: authorizer,
            limits: RequestLimits(),
            budget: budget,
            flow: FlowControl(),
            metrics: APIMetrics(metrics, objects: objects),
            logger: logger
        )
    }

    /// The port that it listens on; nil before it does.
    public var port: Int? { boundPort.withLock { $0 } }

    /// Shows this certificate to new connections from now on.
    ///
    /// - Throws: What is wrong with it; the former one is shown then.
    public func show(_ tls: TLSConfiguration) throws {
        var tls = tls
        tls.applicationProtocols = configuration.tls.applicationProtocols
        certificates.replace(with: try NIOSSLContext(configuration: tls))
    }

    /// Waits until it listens, and what every cluster has is there; false where it is not in that time.
    public func waitUntilReady(timeout: Duration) async -> Bool {
        guard await listening.wait(for: Revision(1), timeout: timeout) else { return false }
        return await bootstrapped.wait(for: Revision(1), timeout: timeout)
    }

    /// Waits until it listens; false where it does not in that time.
    public func waitUntilListening(timeout: Duration) async -> Bool {
        await listening.wait(for: Revision(1), timeout: timeout)
    }

    /// Serves until the service is told to stop.
    public func run() async throws {
        let channel = ConnectionChannel(
            certificates: certificates,
            limits: ConnectionLimits(),
            sources: ConnectionSources(limit: configuration.connectionsPerAddress),
            endpoint: endpoint
        )
        let server = channel.server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.address, port: configuration.port),
                backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit)
            ),
            onServerRunning: { channel in
                self.boundPort.withLock { $0 = channel.localAddress?.port }
                self.listening.advance(to: Revision(1))
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask {
                await self.objects.run()
                return .cache
            }
            group.addTask {
                await self.makeObjects()
                await self.objects.encodeAll()
                await self.objects.followServers(self.bootstrap)
                return .bootstrap
            }
            group.addTask {
                try await withGracefulShutdownHandler {
                    try await server.run()
                } onGracefulShutdown: {
                    self.objects.cache.stopWatches()
                    self.endpoint.nodes?.streams.stop()
                }
                return .connections
            }
            // The server ends when it was told to stop; the cache then has nobody to serve.
            while let part = try await group.next() {
                if part == .connections { group.cancelAll() }
            }
        }
        await objects.withdraw(bootstrap)
    }

    private enum Part {
        case cache
        case bootstrap
        case connections
    }

    /// Makes the objects that every cluster has, as soon as it is known which are there.
    private func makeObjects() async {
        while !Task.isCancelled {
            guard await objects.waitUntilReady(timeout: .seconds(60)) else { continue }
            do throws(Refusal) {
                try await objects.bootstrap(bootstrap)
                try await objects.repairAllocations()
                bootstrapped.advance(to: Revision(1))
                return
            } catch {
                logger.error("objects that every cluster has cannot be made", metadata: ["error": "\(error.message)"])
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
