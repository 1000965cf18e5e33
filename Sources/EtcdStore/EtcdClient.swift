import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Storage
import Synchronization

/// Sends requests to the members of an etcd cluster, by the JSON gateway (`/v3/…`, HTTP/1.1).
///
/// https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/
final class EtcdClient: Sendable {
    /// Why there is no answer.
    enum Failure: Error {
        /// No member took the request: nothing happened.
        case unreachable(reason: String)
        /// The member is cut off from the others, or they are choosing a leader: nothing happened.
        case leaderless(reason: String)
        /// A member took it, and did not answer, or that it cannot say: it may have happened.
        case unknown(reason: String)
        /// etcd refused it: nothing happened.
        case refused(EtcdRefusal)
        /// The task was cancelled; it may have happened.
        case cancelled
    }

    /// The largest answer that is read: a page of a range, whose size is bounded by ``EtcdStore/pageCount``.
    private static let answerLimit = 1 << 30

    private let http: HTTPClient
    private let configuration: EtcdConfiguration
    private let urls: [String]
    /// The member that answered last.
    private let preferred = Mutex(0)

    init(_ configuration: EtcdConfiguration) throws(EtcdConfigurationError) {
        guard !configuration.endpoints.isEmpty else {
            throw EtcdConfigurationError(field: "endpoints", reason: "none given; give at least one URL")
        }
        for endpoint in configuration.endpoints
        where !endpoint.hasPrefix("http://") && !endpoint.hasPrefix("https://") {
            throw EtcdConfigurationError(field: "endpoints", reason: "\(endpoint) must begin with https:// or http://")
        }
        self.configuration = configuration
        urls = configuration.endpoints.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        var settings = HTTPClient.Configuration()
        settings.httpVersion = .http1Only
        settings.redirectConfiguration = .disallow
        // Another member may answer meanwhile.
        settings.connectionPool.retryConnectionEstablishment = false
        // Each watch has a connection, and so has each request under way.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = nil
        settings.tlsConfiguration = try TLSConfiguration(configuration.tls)
        settings.http1_1ConnectionDebugInitializer = Self.keepAlive
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Watches have no time limit: the kernel finds out within half a minute that a member is gone.
    private static func keepAlive(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.setOption(.socketOption(.so_keepalive), value: 1)
            .flatMap { channel.setOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 15) }
            .flatMap { channel.setOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 5) }
            .flatMap { channel.setOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3) }
    }

    deinit {
        // That it is closed already is no harm.
        http.shutdown { _ in }
    }

    /// Closes the connections; requests under way fail.
    func shutdown() async {
        // It fails where requests were under way: they are ended then.
        try? await http.shutdown()
    }

    /// Sends a request that may be sent again, to one member after the other until one answers.
    func read(_ path: String, _ body: [UInt8]) async throws(Failure) -> [UInt8] {
        // Twice: a connection may have been closed by a member that is up again. One that hangs is left soon, and has
        // all the time it needs where no other answers.
        try await eachMember(rounds: 2, goesOnAfterUnknown: true) { member, isLastRound throws(Failure) in
            let isHurried = self.urls.count > 1 && !isLastRound
            let patience = self.configuration.requestTimeout
            let timeout = isHurried ? min(self.configuration.failoverTimeout, patience) : patience
            return try await self.answer(self.urls[member] + path, body, within: timeout)
        }
    }

    /// Sends a request that must not be done twice: the next member is asked only if this one did not take it.
    func write(_ path: String, _ body: [UInt8]) async throws(Failure) -> [UInt8] {
        try await eachMember(rounds: 1, goesOnAfterUnknown: false) { member, _ throws(Failure) in
            try await self.answer(self.urls[member] + path, body, within: self.configuration.requestTimeout)
        }
    }

    /// An answer that goes on, and which member gives it.
    struct Stream {
        var body: HTTPClientResponse.Body
        var member: Int
    }

    /// Opens an answer that goes on: a line for each message.
    func stream(_ path: String, _ body: [UInt8]) async throws(Failure) -> Stream {
        try await eachMember(rounds: 1, goesOnAfterUnknown: true) { member, _ throws(Failure) in
            // For the head only; the lines have all the time in the world.
            let timeout = self.urls.count > 1 ? self.configuration.failoverTimeout : self.configuration.requestTimeout
            let deadline = NIODeadline.now() + TimeAmount(timeout)
            return Stream(body: try await self.send(self.urls[member] + path, body, deadline: deadline), member: member)
        }
    }

    /// The next request begins with another member than this one, which has no leader or says nothing.
    func leave(member: Int) {
        preferred.withLock { if $0 == member { $0 = (member + 1) % urls.count } }
    }

    private func eachMember<Answer: Sendable>(
        rounds: Int,
        goesOnAfterUnknown: Bool,
        _ request: (_ member: Int, _ isLastRound: Bool) async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        let deadline = ContinuousClock.now + configuration.requestTimeout
        while true {
            do {
                return try await eachMemberOnce(rounds: rounds, goesOnAfterUnknown: goesOnAfterUnknown, request)
            } catch .leaderless(let reason) {
                // They choose one within a second or two; nobody took the request.
                guard ContinuousClock.now < deadline, !Task.isCancelled else { throw .leaderless(reason: reason) }
                try? await Task.sleep(for: Self.electionPause)
            }
        }
    }

    /// How long to wait for a leader before members are asked again.
    private static let electionPause = Duration.milliseconds(100)

    private func eachMemberOnce<Answer: Sendable>(
        rounds: Int,
        goesOnAfterUnknown: Bool,
        _ request: (_ member: Int, _ isLastRound: Bool) async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        let first = preferred.withLock { $0 }
        var last = Failure.unreachable(reason: "no member")
        for turn in 0..<(urls.count * rounds) {
            let index = (first + turn) % urls.count
            do {
                let answer = try await request(index, turn >= urls.count * (rounds - 1))
                if index != first { preferred.withLock { $0 = index } }
                return answer
            } catch {
                switch error {
                case .leaderless:
                    last = error
                    continue
                case .unreachable: break
                case .unknown where goesOnAfterUnknown: break
                case .unknown:
                    // It may be gone: the next request begins with another one.
                    preferred.withLock { $0 = (index + 1) % urls.count }
                    throw error
                default: throw error
                }
                // A member without a leader may have one soon; that one is away says less.
                if case .leaderless = last { continue }
                last = error
            }
        }
        // The next request begins with another one.
        preferred.withLock { $0 = (first + 1) % urls.count }
        throw last
    }

    private func answer(_ url: String, _ body: [UInt8], within timeout: Duration) async throws(Failure) -> [UInt8] {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let answer = try await send(url, body, deadline: deadline)
        return try await collect(answer, limit: Self.answerLimit)
    }

    private func send(
        _ url: String,
        _ body: [UInt8],
        deadline: NIODeadline
    ) async throws(Failure) -> HTTPClientResponse.Body {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        // A member that was cut off from the others refuses, and ends watches: by clientv3's `WithRequireLeader`.
        request.headers = ["Content-Type": "application/json", "Grpc-Metadata-hasleader": "true"]
        request.body = .bytes(ByteBuffer(bytes: body))
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: deadline)
        } catch {
            throw Failure(error)
        }
        guard response.status == .ok else {
            let refusal = EtcdRefusal(try await collect(response.body, limit: 1 << 20), status: response.status.code)
            if refusal.hasNoLeader { throw .leaderless(reason: refusal.message) }
            throw refusal.isUnknown ? .unknown(reason: refusal.message) : .refused(refusal)
        }
        return response.body
    }

    private func collect(_ body: HTTPClientResponse.Body, limit: Int) async throws(Failure) -> [UInt8] {
        do {
            var buffer = try await body.collect(upTo: limit)
            return buffer.readBytes(length: buffer.readableBytes) ?? []
        } catch {
            throw Failure(sent: error)
        }
    }
}

extension EtcdClient.Failure {
    /// What went wrong before there was an answer.
    fileprivate init(_ error: any Error) {
        switch error {
        // Only a connection that is being made is refused; other errors may also end one.
        case let error as IOError where error.errnoCode == ECONNREFUSED: self = .unreachable(reason: "\(error)")
        case is NIOConnectionError, is NIOSSLError, is BoringSSLError:
            self = .unreachable(reason: "\(error)")
        case let error as HTTPClientError
        where [.connectTimeout, .alreadyShutdown, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout].contains(error):
            self = .unreachable(reason: "\(error)")
        default: self.init(sent: error)
        }
    }

    /// What went wrong when the request was on its way.
    fileprivate init(sent error: any Error) {
        switch error {
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError where error == .cancelled: self = .cancelled
        default: self = .unknown(reason: "\(error)")
        }
    }
}

extension TLSConfiguration {
    fileprivate init(_ material: EtcdConfiguration.TLS) throws(EtcdConfigurationError) {
        self = .makeClientConfiguration()
        if let authorities = material.authorities {
            trustRoots = .certificates(try Self.certificates(authorities, field: "certificate authorities"))
        }
        if let chain = material.certificate {
            certificateChain = try Self.certificates(chain, field: "client certificate").map { .certificate($0) }
        }
        if let key = material.key {
            do {
                privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch {
                throw EtcdConfigurationError(field: "client key", reason: "no unencrypted private key in PEM: \(error)")
            }
        }
    }

    private static func certificates(
        _ pem: [UInt8],
        field: String
    ) throws(EtcdConfigurationError) -> [NIOSSLCertificate] {
        let certificates = try? NIOSSLCertificate.fromPEMBytes(pem)
        guard let certificates, !certificates.isEmpty else {
            throw EtcdConfigurationError(field: field, reason: "no certificates in PEM")
        }
        return certificates
    }
}
