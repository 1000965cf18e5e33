import APIAccess
import APIRegistry
import APISchema
import APIServer
import Addressing
import AsyncHTTPClient
import JSON
import KubernetesTesting
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Observability
import ServiceLifecycle
import Storage

/// An API server over a store, for one test.
struct TestAPIServer: Sendable {
    let port: Int
    let client: HTTPClient
    let objects: ObjectRegistry
    let store: any Store
    let server: APIServer

    /// Runs a server over a store of its own; whoever says nothing else is its administrator.
    static func run<R>(
        on kind: TestStore = .sqlite,
        folder: TemporaryFolder? = nil,
        own: Bool = false,
        connectionLimit: Int? = nil,
        connectionsPerAddress: Int? = nil,
        bodyMemory: (total: Int, perUser: Int)? = nil,
        givesAccounts: Bool = false,
        _ body: (TestAPIServer) async throws -> R
    ) async throws -> R {
        try await kind.with(try folder ?? TemporaryFolder(), own: own) { store in
            try await run(
                over: store,
                connectionLimit: connectionLimit,
                connectionsPerAddress: connectionsPerAddress,
                bodyMemory: bodyMemory,
                givesAccounts: givesAccounts,
                body
            )
        }
    }

    /// Runs a server over a store that others may use, too.
    ///
    /// - Parameters:
    ///   - address: Where it says that it is reached.
    ///   - objects: Objects that it makes and mends.
    ///   - givesAccounts: Whether pods are given service accounts, which the test makes.
    static func run<R>(
        over store: any Store,
        address: String = "192.0.2.1",
        port: Int = 6_443,
        endpointLifetime: Duration = .seconds(15),
        objects more: [Bootstrap.Object] = [],
        connectionLimit: Int? = nil,
        connectionsPerAddress: Int? = nil,
        bodyMemory: (total: Int, perUser: Int)? = nil,
        givesAccounts: Bool = false,
        _ body: (TestAPIServer) async throws -> R
    ) async throws -> R {
        let certificates = try await TestCertificates.shared.value
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let ranges = ["10.96.0.0/16", "fd00:10:96::/112"].compactMap { IPPrefix($0) }
        let objects = ObjectRegistry(
            store: store,
            kinds: .standard,
            schema: .standard,
            serviceRanges: ranges,
            givesAccounts: givesAccounts,
            logger: logger
        )
        var bootstrap = Bootstrap(
            serviceRanges: ranges,
            endpoints: [address].compactMap { IPAddress($0) },
            port: port,
            objects: more
        )
        bootstrap.endpointLifetime = endpointLifetime
        var configuration = APIServer.Configuration(
            address: "127.0.0.1",
            port: 0,
            tls: certificates.serverTLS,
            advertisedAddress: "192.0.2.1:6443"
        )
        if let connectionLimit { configuration.connectionLimit = connectionLimit }
        if let bodyMemory { configuration.bodyMemory = bodyMemory }
        if let connectionsPerAddress { configuration.connectionsPerAddress = connectionsPerAddress }
        let server = try APIServer(
            configuration,
            objects: objects,
            bootstrap: bootstrap,
            authenticator: TestAuthenticator(),
            authorizer: TestAuthorizer(),
            openID: OpenIDDocuments(issuer: "https://issuer.test", keys: ["keys": [["kid": "k"]]]),
            metrics: MetricsRegistry(),
            logger: logger
        )
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(certificates.authority))
        var settings = HTTPClient.Configuration(tlsConfiguration: tls)
        settings.httpVersion = .http1Only
        let client = HTTPClient(configuration: settings)
        let group = ServiceGroup(services: [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<R, any Error>
            do {
                guard await server.waitUntilReady(timeout: .seconds(60)), let port = server.port else {
                    throw TestFailure("the server is not ready")
                }
                let test = TestAPIServer(port: port, client: client, objects: objects, store: store, server: server)
                result = .success(try await body(test))
            } catch {
                result = .failure(error)
            }
            try? await client.shutdown()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    /// An answer, read as a whole.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(json: body)) ?? .null }
    }

    /// Sends a request and reads the answer.
    func request(
        _ method: String,
        _ path: String,
        body: [UInt8]? = nil,
        contentType: String = "application/json",
        accept: String = "application/json",
        token: String? = "admin",
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let response = try await open(
            method,
            path,
            body: body,
            contentType: contentType,
            accept: accept,
            token: token,
            headers: headers
        )
        let buffer = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Array(buffer.readableBytesView)
        )
    }

    /// Sends a request whose body is JSON.
    func request(_ method: String, _ path: String, _ body: JSONValue, contentType: String = "application/json")
        async throws -> Answer
    {
        try await request(method, path, body: body.json, contentType: contentType)
    }

    /// Sends a request and returns when the answer's head is there.
    func open(
        _ method: String,
        _ path: String,
        body: [UInt8]? = nil,
        contentType: String = "application/json",
        accept: String = "application/json",
        token: String? = "admin",
        headers: [(String, String)] = [],
        timeout: TimeAmount = .seconds(30)
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "Accept", value: accept)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return try await client.execute(request, timeout: timeout)
    }
}

struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Knows a token for each name: `admin` is in `system:masters`; `nobody` may do nothing.
struct TestAuthenticator: Authenticator {
    func identity(bearerToken: String) async -> RequestIdentity? {
        switch bearerToken {
        case "admin": RequestIdentity(user: "admin", groups: ["system:masters", "system:authenticated"])
        case let token where token.hasPrefix("user-"):
            RequestIdentity(user: token, groups: ["system:authenticated"])
        case "nobody": RequestIdentity(user: "nobody", groups: ["system:authenticated"])
        default: nil
        }
    }

    func standing(ofToken token: String, audiences: [String]) async -> TokenStanding? {
        guard let identity = await identity(bearerToken: token) else { return nil }
        let own = ["https://api", "https://other"]
        let common = audiences.isEmpty ? own : audiences.filter { own.contains($0) }
        return common.isEmpty ? nil : TokenStanding(identity: identity, audiences: common)
    }

    func identity(certificate: [UInt8]) async -> RequestIdentity? {
        RequestIdentity(user: "client", groups: ["system:masters", "system:authenticated"])
    }
}

/// All may do everything, but for `nobody`, `user-who-creates-nothing` and `reader`, who gets objects in `default` and
/// whatever is on node `n0`; who is anonymous may ask for health and version.
struct TestAuthorizer: Authorizer {
    func decide(_ attributes: RequestAttributes) -> AccessDecision {
        switch attributes.identity.user {
        case "nobody": return .denied(reason: "")
        case "user-who-creates-nothing": return attributes.verb == "create" ? .denied(reason: "") : .allowed(reason: "")
        case "reader":
            if case .resource(_, _, _, "default", _) = attributes.target, attributes.verb == "get" {
                return .allowed(reason: "")
            }
            return attributes.fieldsEqual == ["spec.nodeName": "n0"] ? .allowed(reason: "") : .denied(reason: "")
        case "system:anonymous":
            if case .path(let path) = attributes.target, path.hasPrefix("/healthz") || path == "/version" {
                return .allowed(reason: "")
            }
            return .denied(reason: "")
        default: return .allowed(reason: "")
        }
    }

    func rules(for identity: RequestIdentity, namespace: String) -> RuleList {
        RuleList([
            PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]),
            PolicyRule(verbs: ["get"], nonResourceURLs: ["/healthz"]),
        ])
    }
}
