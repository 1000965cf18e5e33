import APIAccess
import AsyncHTTPClient
import Addressing
import KubeletServer
import KubernetesAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Observability
import ServiceLifecycle

/// A kubelet's server of one test, with an authority of its own.
struct TestKubelet: Sendable {
    let pods: TestPods
    let authority: TestAuthority
    /// Where it serves TLS.
    let port: Int
    /// Where it tells its health.
    let healthPort: Int

    /// Runs a server on ports that are free.
    static func run<R: Sendable>(
        _ pods: TestPods,
        authority: TestAuthority? = nil,
        node: String = "node-1",
        addresses: [[UInt8]] = [[127, 0, 0, 1]],
        limits: KubeletLimits = KubeletLimits(),
        _ body: (TestKubelet) async throws -> R
    ) async throws -> R {
        let authority = try authority ?? TestAuthority()
        let leaf = try authority.leaf(.node(name: node, addresses: addresses))
        var configuration = KubeletServerConfiguration(
            certificatePEM: leaf.certificatePEM,
            keyPEM: leaf.keyPEM,
            clientAuthorityPEM: try authority.certificatePEM
        )
        configuration.nodeName = node
        configuration.addresses = [ListenAddress(host: "127.0.0.1", port: 0)]
        configuration.healthAddress = ListenAddress(host: "127.0.0.1", port: 0)
        configuration.limits = limits
        var logger = Logger(label: "test")
        logger.logLevel = .error
        var server = try KubeletServer(configuration, pods: pods, logger: logger)
        let (served, serving) = AsyncStream.makeStream(of: Int.self)
        let (healthy, health) = AsyncStream.makeStream(of: Int.self)
        server.didStart = { serving.yield($0.first?.port ?? 0) }
        server.didStartHealth = { health.yield($0.first?.port ?? 0) }
        let group = ServiceGroup(services: [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<R, any Error>
            do {
                guard let port = await served.first(where: { _ in true }),
                    let healthPort = await healthy.first(where: { _ in true })
                else { throw TestFailure("the server does not serve") }
                result = .success(
                    try await body(TestKubelet(pods: pods, authority: authority, port: port, healthPort: healthPort))
                )
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    /// A client with that certificate; nil for none.
    func withClient<R>(
        _ purpose: CertificateAuthority.Purpose? = .client(user: "kube-apiserver-kubelet-client", groups: []),
        _ body: (HTTPClient) async throws -> R
    ) async throws -> R {
        var configuration = HTTPClient.Configuration(tlsConfiguration: try authority.clientTLS(purpose))
        configuration.httpVersion = .http1Only
        let client = HTTPClient(configuration: configuration)
        let result: Result<R, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    /// Asks and reads the whole answer: status and text.
    func get(_ path: String, _ client: HTTPClient) async throws -> (status: Int, text: String) {
        let request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        let response = try await client.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 24)
        return (Int(response.status.code), String(buffer: body))
    }
}

/// An authority of one test.
struct TestAuthority: Sendable {
    let authority: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority(name: "test", now: .now)
    }

    var certificatePEM: String { get throws { try authority.certificatePEM } }

    /// A certificate that it has signed.
    func leaf(_ purpose: CertificateAuthority.Purpose) throws -> CertificateAuthority.Leaf {
        try authority.issue(purpose, now: .now)
    }

    /// How a client with that certificate connects.
    func clientTLS(_ purpose: CertificateAuthority.Purpose?) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(try certificatePEM.utf8)))
        guard let purpose else { return tls }
        let leaf = try leaf(purpose)
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(leaf.certificatePEM.utf8)).map {
            .certificate($0)
        }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(leaf.keyPEM.utf8), format: .pem))
        return tls
    }

    /// How a server with that certificate takes connections.
    func serverTLS(_ purpose: CertificateAuthority.Purpose) throws -> TLSConfiguration {
        let leaf = try leaf(purpose)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(leaf.certificatePEM.utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(leaf.keyPEM.utf8), format: .pem))
        )
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(try certificatePEM.utf8)))
        tls.certificateVerification = .optionalVerification
        return tls
    }
}

/// What went wrong in a test's own parts.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Waits until something holds; false where it does not in a minute.
func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<3_000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return false
}
