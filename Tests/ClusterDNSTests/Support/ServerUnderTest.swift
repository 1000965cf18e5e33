import KubernetesAPI
import KubernetesTesting
import NIOPosix
import Observability
import ServiceRouting
import Synchronization
import Testing

@testable import ClusterDNS

/// A server on a port of 127.0.0.1, with a zone and others to ask.
struct ServerUnderTest {
    let endpoint: ServerEndpoint
    let names: ClusterNames
    let upstreams: UpstreamList
    let registry: MetricsRegistry

    /// Runs one while the body runs.
    static func run<Value: Sendable>(
        _ zone: ZoneUnderTest = ZoneUnderTest(),
        forwardingTo servers: [ServerEndpoint] = [],
        settings: Forwarder.Settings = Forwarder.Settings(),
        limits: DNSListener.Limits = DNSListener.Limits(),
        for clients: ForwardingClients = .neighbourhood,
        _ body: (ServerUnderTest) async throws -> Value
    ) async throws -> Value {
        let logger = LogRecorder().logger
        let group = MultiThreadedEventLoopGroup.singleton
        let registry = MetricsRegistry()
        let metrics = DNSMetrics(registry: registry, zone: "cluster.local.")
        let names = ClusterNames(zone.zone, seed: 1)
        let upstreams = UpstreamList(servers)
        let forwarder = Forwarder(
            upstreams: upstreams,
            settings: settings,
            group: group,
            metrics: metrics,
            logger: logger
        )
        let (bound, continuation) = AsyncStream.makeStream(of: ServerEndpoint.self)
        var server = DNSServer(
            endpoints: [try #require(ServerEndpoint("127.0.0.1:0"))],
            desk: QueryDesk(
                authorities: [names],
                forwarder: forwarder,
                policy: ForwardingPolicy(clients, logger: logger),
                metrics: metrics
            ),
            group: group,
            logger: logger,
            begins: {},
            didListen: { endpoints in
                upstreams.setOwn(endpoints)
                for endpoint in endpoints { continuation.yield(endpoint) }
            }
        )
        server.limits = limits
        return try await withThrowingTaskGroup(of: Void.self) { [server] tasks in
            tasks.addTask { try await forwarder.run() }
            tasks.addTask { try await server.run() }
            var endpoints = bound.makeAsyncIterator()
            let endpoint = try #require(await endpoints.next())
            let value = try await body(
                ServerUnderTest(endpoint: endpoint, names: names, upstreams: upstreams, registry: registry)
            )
            tasks.cancelAll()
            return value
        }
    }
}

extension ServerUnderTest {
    /// Asks for the IPv4 addresses of a name over UDP, and compares the answer.
    func expect(_ texts: [String], of name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let answer = try await TestClient.ask(name, at: endpoint)
        #expect(answer.texts == texts, sourceLocation: sourceLocation)
    }
}

extension DNSMessage {
    /// What it says: its code where that is not NOERROR, then the answers.
    var texts: [String] { (code == .noError ? [] : ["\(code)"]) + answers.map(\.data.text) }
}
