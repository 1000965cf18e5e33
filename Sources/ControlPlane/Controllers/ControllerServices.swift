import APIAccess
import APIRegistry
import Controllers
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOSSL
import Observability
import ServiceLifecycle

/// The controllers and the scheduler of a control plane: each asks the API server over HTTPS in its own name, and runs
/// in the one of several control planes that has its Lease.
struct ControllerServices: Sendable {
    let configuration: ControlPlaneConfiguration
    let folder: ControlPlaneFolder
    let authority: CertificateAuthority
    /// Who this process is among several, such as the host's name and a random text.
    let identity: String
    let logger: Logger
    /// Makes the tokens that Secrets hold.
    let tokens: SecretTokenSigner
    /// Returns once the API server answers.
    let whenServing: @Sendable () async throws -> Void

    private static let managerName = "kube-controller-manager"
    private static let schedulerName = "kube-scheduler"

    /// Everything to run, the pages for health and metrics too.
    func services() throws -> [any ServiceLifecycle.Service] {
        let (managerMetrics, schedulerMetrics) = (MetricsRegistry(), MetricsRegistry())
        let managerObserver = ControllerMetrics(registry: managerMetrics)
        let schedulerObserver = ControllerMetrics(registry: schedulerMetrics)
        return [
            LateService(begins: whenServing, service: try manager(managerObserver)),
            LateService(begins: whenServing, service: try scheduler(schedulerObserver)),
        ]
            + (try pages("controllers", Self.managerName, secure: 10_257, plain: 10_252, managerMetrics))
            + (try pages("scheduler", Self.schedulerName, secure: 10_259, plain: 10_251, schedulerMetrics))
    }

    // MARK: Controllers

    private func manager(_ observer: ControllerMetrics) throws -> any ServiceLifecycle.Service {
        let certificates = try authority.certificatePEM
        let controllers: [any Controller] = [
            EndpointSliceController(), EndpointsController(), EndpointSliceMirrorController(), ReplicaSetController(),
            DeploymentController(), DaemonSetController(), NodeCIDRController(ranges: configuration.podRanges),
            NodeHealthController(gracePeriod: configuration.nodeGracePeriod), NodePodsController(),
            TaintEvictionController(), PodGarbageController(), ServiceAccountController(),
            RootCertificateController(certificates: certificates),
            TokenSecretController(certificates: certificates) { [tokens] in tokens.token(for: $0) },
        ]
        let client = try client("system:kube-controller-manager", agent: Self.managerName)
        let kinds = KindRegistry.standard.kinds.map(\.resource).filter { $0.group != "events.k8s.io" }
        return elector(client, Self.managerName, observer) { [logger] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await ControllerManager(
                        client: client,
                        controllers: controllers,
                        logger: logger,
                        observer: observer
                    ).run()
                }
                group.addTask {
                    try await NamespaceCleaner(client: client, kinds: kinds, logger: logger, observer: observer).run()
                }
                group.addTask {
                    try await GarbageCollector(
                        client: client,
                        kinds: kinds.filter { $0.plural != "events" },
                        logger: logger,
                        observer: observer
                    ).run()
                }
                try await group.waitForAll()
            }
        }
    }

    private func scheduler(_ observer: ControllerMetrics) throws -> any ServiceLifecycle.Service {
        let client = try client("system:kube-scheduler", agent: Self.schedulerName)
        return elector(client, Self.schedulerName, observer) { [logger] in
            try await ControllerManager(
                client: client,
                controllers: [SchedulerController()],
                following: SchedulerController.followedKinds,
                component: SchedulerController.component,
                logger: logger,
                observer: observer
            ).run()
        }
    }

    private func elector(
        _ client: KubernetesClient,
        _ name: String,
        _ observer: ControllerMetrics,
        _ work: @escaping @Sendable () async throws -> Void
    ) -> LeaderElector {
        LeaderElector(
            client: client,
            name: name,
            identity: identity,
            logger: logger,
            onChange: { observer.leads(name, $0) },
            work: work
        )
    }

    private func client(_ user: String, agent: String) throws -> KubernetesClient {
        let kubeconfig = try folder.kubeconfig(
            authority,
            user: user,
            groups: [],
            server: "https://\(configuration.localHost):\(configuration.port)",
            now: .now
        )
        var settings = try Kubeconfig(bytes: Array(kubeconfig.utf8), origin: "kubeconfig of \(user)").configuration()
        // Queues and workers bound what is asked; the server is this process.
        settings.requestsPerSecond = 0
        settings.userAgent = "trama-\(agent)"
        return try KubernetesClient(settings)
    }

    // MARK: Health

    /// The pages over HTTPS, where upstream's programs have them, with a certificate of the cluster's authority, and over
    /// HTTP, where older ones had them.
    private func pages(
        _ name: String,
        _ commonName: String,
        secure: Int,
        plain: Int,
        _ metrics: MetricsRegistry
    ) throws -> [any ServiceLifecycle.Service] {
        let purpose = CertificateAuthority.Purpose.server(
            names: ["localhost", commonName],
            addresses: [[127, 0, 0, 1]]
        )
        let leaf = try authority.issue(purpose, commonName: commonName, now: .now)
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(leaf.certificatePEM.utf8))
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(leaf.keyPEM.utf8), format: .pem))
        )
        tls.minimumTLSVersion = .tlsv12
        let context = try NIOSSLContext(configuration: tls)
        var service = page("\(name) (HTTPS)", port: secure, metrics)
        service.prepare = { channel in
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }
        return [service, page(name, port: plain, metrics)]
    }

    private func page(_ name: String, port: Int, _ metrics: MetricsRegistry) -> StatusService {
        StatusService(
            name: name,
            addresses: [ListenAddress(host: "127.0.0.1", port: port)],
            logger: logger
        ) { request in
            switch request.path {
            // A process that waits for its Lease is healthy.
            case "/healthz", "/livez", "/readyz": .text("ok")
            case "/metrics":
                StatusResponse(
                    status: 200,
                    headers: [.init("Content-Type", MetricsRegistry.contentType)],
                    body: metrics.exposition()
                )
            default: .notFound
            }
        }
    }
}
