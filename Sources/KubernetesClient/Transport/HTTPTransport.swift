import AsyncHTTPClient
import KubernetesAPI
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends requests to one API server: limits their rate, adds credentials, and renews those that were refused.
final class HTTPTransport: Sendable {
    /// A request, without what is the same for all of them.
    struct Request: Sendable {
        var method: HTTPMethod = .GET
        /// Path and query, after the server's prefix.
        var target: String
        var body: [UInt8]?
        /// What the body is.
        var contentType = "application/json"
        /// What the answer is to be.
        var accept = "application/json"

        /// What errors name: the method and the path, without the query.
        var summary: String { "\(method) \(target.prefix { $0 != "?" })" }
    }

    /// The largest answer that is read whole, in bytes: a list of all objects of a large cluster.
    static let answerLimit = 1 << 30
    /// The largest error answer that is read, in bytes; more of it would say no more.
    static let errorLimit = 1 << 20

    private let configuration: ClientConfiguration
    private let http: HTTPClient
    private let credentials: CredentialProvider
    private let time: Timekeeper
    /// Nil inside for no limit.
    private let bucket: Mutex<TokenBucket?>
    /// The server's URL as it is connected to: under the name that its certificate holds.
    private let baseURL: String

    init(
        configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup,
        time: Timekeeper,
        wallClock: @escaping @Sendable () -> Timestamp
    ) throws(ClientError) {
        self.configuration = configuration
        self.time = time
        bucket = Mutex(
            configuration.requestsPerSecond > 0
                ? TokenBucket(rate: configuration.requestsPerSecond, burst: configuration.burst, now: time.now())
                : nil
        )
        credentials = CredentialProvider(
            isSecure: configuration.server.isSecure,
            trust: configuration.trust,
            authentication: configuration.authentication,
            time: time,
            wallClock: wallClock
        )

        var settings = HTTPClient.Configuration()
        settings.httpVersion = .http1Only
        settings.redirectConfiguration = .disallow
        // Callers wait and try again themselves, with jitter, and tell why; the pool would try in silence for ever.
        settings.connectionPool.retryConnectionEstablishment = false
        // Each watch holds a connection of its own for as long as it lasts; at eight, which is usual, requests would wait
        // behind them for ever.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_024
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = TimeAmount(configuration.readTimeout)
        settings.proxy = configuration.proxy.map { HTTPClient.Configuration.Proxy($0) }
        let server = configuration.server
        if server.isSecure, let name = configuration.trust.serverName, name != server.host {
            guard (try? SocketAddress(ipAddress: name, port: 0)) == nil else {
                throw .configuration(
                    ConfigurationError(
                        origin: "kubeconfig",
                        field: "tls-server-name",
                        reason: "\"\(name)\" is an IP address; give a DNS name of the server's certificate"
                    )
                )
            }
            settings.dnsOverride = [name: server.host]
            baseURL = server.url(host: name)
        } else {
            baseURL = server.description
        }
        http = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: settings)
    }

    deinit {
        // A client that is dropped on an error path closes its connections, too; that it is closed already is no harm.
        http.shutdown { _ in }
    }

    /// Closes the connections. Requests under way fail.
    func shutdown() async {
        // It fails where requests were still under way, or where it is called twice: both are closed then.
        try? await http.shutdown()
    }

    /// Sends a request and returns the body of its answer, still to be read.
    func send(_ request: Request) async throws(ClientError) -> HTTPClientResponse.Body {
        try await waitForTurn()
        var used = try await credentials.current()
        var response = try await execute(request, with: used)
        if response.status == .unauthorized, let other = try await credentials.replacement(for: used) {
            used = other
            response = try await execute(request, with: used)
        }
        guard (200..<300).contains(response.status.code) else {
            throw .api(await apiError(request, response))
        }
        return response.body
    }

    /// Sends a request and returns its whole answer; waits and tries again where the server is too busy.
    func answer(_ request: Request) async throws(ClientError) -> [UInt8] {
        var triesLeft = 5
        while true {
            do {
                return try await read(send(request), limit: Self.answerLimit, request: request)
            } catch {
                triesLeft -= 1
                guard triesLeft > 0, case .api(let answer) = error, let wait = answer.retryAfter,
                    answer.code == 429 || answer.code >= 500, !answer.isVersionTooLarge
                else { throw error }
                try await sleep(wait)
            }
        }
    }

    /// Reads the rest of a body.
    private func read(
        _ body: HTTPClientResponse.Body,
        limit: Int,
        request: Request
    ) async throws(ClientError) -> [UInt8] {
        do {
            var bytes: [UInt8] = []
            for try await chunk in body {
                bytes.append(contentsOf: chunk.readableBytesView)
                guard bytes.count <= limit else {
                    throw ClientError.undecodable(request: request.summary, reason: "it is larger than \(limit) bytes")
                }
            }
            return bytes
        } catch {
            throw ClientError(error, request: request.summary)
        }
    }

    private func execute(
        _ request: Request,
        with credentials: Credentials
    ) async throws(ClientError) -> HTTPClientResponse {
        var message = HTTPClientRequest(url: baseURL + request.target)
        message.method = request.method
        message.tlsConfiguration = credentials.tls
        message.headers = headers(credentials, accept: request.accept)
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: request.contentType)
            message.body = .bytes(body)
        }
        do {
            return try await http.execute(message, deadline: .distantFuture)
        } catch {
            throw ClientError(error, request: request.summary)
        }
    }

    private func headers(_ credentials: Credentials, accept: String) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "Host": configuration.server.authority,
            "Accept": accept,
            "User-Agent": configuration.userAgent,
        ]
        if let authorization = credentials.authorization {
            headers.add(name: "Authorization", value: authorization)
        }
        if let other = configuration.impersonation {
            headers.add(name: "Impersonate-User", value: other.user)
            if let uid = other.uid { headers.add(name: "Impersonate-Uid", value: uid) }
            for group in other.groups { headers.add(name: "Impersonate-Group", value: group) }
        }
        return headers
    }

    private func apiError(_ request: Request, _ response: HTTPClientResponse) async -> APIError {
        let bytes = try? await read(response.body, limit: Self.errorLimit, request: request)
        var error = APIError(
            request: request.summary,
            code: Int(response.status.code),
            status: Status(answer: bytes ?? [])
        )
        if let text = response.headers.first(name: "Retry-After"), let seconds = Int64(text), seconds >= 0 {
            error.retryAfter = .seconds(min(seconds, 3600))
        }
        return error
    }

    // MARK: Waiting

    private func waitForTurn() async throws(ClientError) {
        let wait = bucket.withLock { $0?.reserve(now: time.now()) } ?? .zero
        if wait > .zero { try await sleep(wait) }
    }

    private func sleep(_ duration: Duration) async throws(ClientError) {
        do {
            try await time.sleep(duration)
        } catch {
            throw .cancelled
        }
    }
}

extension ClientError {
    /// What went wrong below HTTP, or while a body was read.
    init(_ error: any Error, request: String) {
        switch error {
        case let error as ClientError: self = error
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError where error == .cancelled: self = .cancelled
        default: self = .transport(request: request, reason: "\(error)")
        }
    }
}

extension HTTPClient.Configuration.Proxy {
    fileprivate init(_ address: ProxyAddress) {
        switch address.scheme {
        case .socks5:
            self = .socksServer(host: address.host, port: Int(address.port))
        case .http:
            guard let userInfo = address.userInfo else {
                self = .server(host: address.host, port: Int(address.port))
                return
            }
            let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            self = .server(
                host: address.host,
                port: Int(address.port),
                authorization: .basic(username: String(parts[0]), password: parts.count > 1 ? String(parts[1]) : "")
            )
        }
    }
}
