public import APIAccess
public import Logging
import NIOCore
import NIOPosix
import NIOSSL
public import Observability
public import ServiceLifecycle
import Synchronization

/// The server that the API server asks for what only the node knows: output of containers, commands in them, health.
///
/// It serves TLS to clients whose certificates a trusted authority signed, and says without TLS, on loopback, whether
/// the node works. What it cannot do at once, such as to listen where somebody else does, it tries again.
public struct KubeletServer: Service, CustomStringConvertible {
    private let configuration: KubeletServerConfiguration
    private let setup: KubeletConnection.Setup
    private let logger: Logger
    private let pods: any PodAccess

    /// Called with the addresses each time that it has begun to serve TLS.
    public var didStart: @Sendable ([ListenAddress]) -> Void = { _ in }
    /// Called with the address each time that it has begun to tell its health.
    public var didStartHealth: @Sendable ([ListenAddress]) -> Void = { _ in }
    /// The pause before it tries again to listen.
    public var retryInterval: Duration = .seconds(5)

    /// A server of those pods.
    ///
    /// - Parameters:
    ///   - authorizer: Decides what clients may: verbs `get` and `create` on parts of `nodes` of the core group.
    ///   - metrics: What `/metrics` tells; the server's own are added.
    /// - Throws: What is wrong with the certificates.
    public init(
        _ configuration: KubeletServerConfiguration,
        pods: any PodAccess,
        authorizer: any Authorizer = KubeletAuthorizer(),
        metrics: MetricsRegistry = MetricsRegistry(),
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.pods = pods
        self.logger = logger
        setup = KubeletConnection.Setup(
            tls: try NIOSSLContext(configuration: Self.tls(configuration)),
            gate: KubeletGate(nodeName: configuration.nodeName, authorizer: authorizer),
            pods: pods,
            metrics: KubeletMetrics(metrics),
            limits: configuration.limits
        )
    }

    private static func tls(_ configuration: KubeletServerConfiguration) throws -> TLSConfiguration {
        let chain = try KubeletCertificateError.naming("certificate", "--tls-cert-file") {
            try NIOSSLCertificate.fromPEMBytes(Array(configuration.certificatePEM.utf8))
        }
        let key = try KubeletCertificateError.naming("key", "--tls-private-key-file") {
            try NIOSSLPrivateKey(bytes: Array(configuration.keyPEM.utf8), format: .pem)
        }
        let authorities = try KubeletCertificateError.naming("clients' authority", "--client-ca-file") {
            try NIOSSLCertificate.fromPEMBytes(Array(configuration.clientAuthorityPEM.utf8))
        }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        tls.trustRoots = .certificates(authorities)
        // Who shows no certificate is told so in an answer.
        tls.certificateVerification = .optionalVerification
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        return tls
    }

    /// The service's name, for the service group.
    public var description: String { "kubelet server" }

    /// Serves until shutdown or cancellation; commands and logs that are being carried are cut off then.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            if let address = configuration.healthAddress {
                group.addTask {
                    var service = StatusService(
                        name: "kubelet health",
                        addresses: [address],
                        logger: logger,
                        responder: .deferred { request in await Self.health(request, pods) }
                    )
                    service.retryInterval = retryInterval
                    service.didStart = didStartHealth
                    try? await service.run()
                }
            }
            group.addTask {
                // Both ends mean stop.
                try? await cancelWhenGracefulShutdown { try await serve() }
            }
        }
    }

    private static func health(_ request: StatusRequest, _ pods: any PodAccess) async -> StatusResponse {
        guard request.path == "/healthz" else { return .notFound }
        guard let problem = await pods.problem() else { return .text("ok") }
        return .text("\(problem)\n", status: 500)
    }

    /// Listens and serves until the task is cancelled.
    private func serve() async throws {
        while true {
            do {
                let listener = try await KubeletListener.start(on: configuration.addresses, setup)
                logger.info(
                    "Serving",
                    metadata: ["server": "kubelet", "addresses": .array(listener.addresses.map { "\($0)" })]
                )
                didStart(listener.addresses)
                try await listener.run(logger: logger)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.error(
                    "Cannot serve, trying again",
                    metadata: ["server": "kubelet", "error": "\(error)", "after": "\(retryInterval)"]
                )
            }
            try await Task.sleep(for: retryInterval)
        }
    }
}
