import NIOCore
package import NIOHTTP1
import NIOPosix
package import NIOSSL
import Synchronization

/// A request that a test server got.
package struct TestRequest: Sendable {
    package var method: String
    package var path: String
    /// Decoded; a name that comes twice keeps its last value.
    package var query: [String: String]
    package var headers: HTTPHeaders
    package var body: String
    /// True where the client showed a certificate.
    package var hasClientCertificate: Bool

    /// The values of a header.
    package func header(_ name: String) -> [String] { headers[name] }
}

/// What a test server sends back.
package struct TestReply: Sendable {
    /// A piece of a body, in its own chunk.
    package enum Part: Sendable {
        case text(String)
        /// Byte by byte, each in its own chunk and its own packet.
        case bytewise(String)
        /// Nothing, until the event is signalled.
        case wait(Signal)
        /// The connection is cut.
        case cut
        /// Nothing, until the client goes.
        case hang
    }

    package var status: Int
    package var headers: [(String, String)]
    package var parts: [Part]

    package init(
        status: Int = 200,
        headers: [(String, String)] = [("Content-Type", "application/json")],
        parts: [Part] = []
    ) {
        self.status = status
        self.headers = headers
        self.parts = parts
    }

    package static func json(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> TestReply {
        TestReply(status: status, headers: [("Content-Type", "application/json")] + headers, parts: [.text(text)])
    }

    /// A watch that sends lines and then stays open.
    package static func watch(_ lines: String..., then end: Part? = .hang) -> TestReply {
        TestReply(parts: lines.map { .text($0 + "\n") } + (end.map { [$0] } ?? []))
    }
}

/// Something that happens once and may be waited for.
package final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    }

    package func send() { continuation.finish() }

    package func wait() async {
        for await _ in stream {}
    }
}

/// An HTTP server on loopback, for one test.
package final class TestServer: Sendable {
    package typealias Handler = @Sendable (TestRequest) -> TestReply

    package let port: UInt16
    private let log = Mutex<[TestRequest]>([])

    private init(port: UInt16) {
        self.port = port
    }

    /// The requests so far.
    package var requests: [TestRequest] { log.withLock { $0 } }

    /// Runs a server that gives the replies in order, then none.
    package static func run<R>(
        host: String = "127.0.0.1",
        tls: TLSConfiguration? = nil,
        replies: [TestReply],
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        let left = Mutex(replies[...])
        return try await run(
            host: host,
            tls: tls,
            handler: { _ in left.withLock { $0.popFirst() } ?? TestReply(parts: [.hang]) },
            body
        )
    }

    /// Runs a server that answers each request by itself.
    package static func run<R>(
        host: String = "127.0.0.1",
        tls: TLSConfiguration? = nil,
        handler: @escaping Handler,
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    // Pipelining would stop reading while an answer is under way, and with it miss that the client goes.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false,
                        withErrorHandling: false
                    )
                    return try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        let server = TestServer(port: UInt16(listener.channel.localAddress?.port ?? 0))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.accept(on: listener, handler: handler) }
            defer { group.cancelAll() }
            return try await body(server)
        }
    }

    private func accept(
        on listener: NIOAsyncChannel<NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>, Never>,
        handler: @escaping Handler
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { try? await self.serve(connection, handler: handler) }
                }
            }
        }
    }

    private func serve(
        _ connection: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>,
        handler: @escaping Handler
    ) async throws {
        let channel = connection.channel
        try await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body = ""
            for try await part in inbound {
                switch part {
                case .head(let value):
                    head = value
                    body = ""
                case .body(let buffer):
                    body += String(buffer: buffer)
                case .end:
                    guard let head else { return }
                    let certificate = try? await channel.nioSSL_peerCertificate().get()
                    let request = TestRequest(head, body: body, hasClientCertificate: certificate != nil)
                    log.withLock { $0.append(request) }
                    try await Self.send(handler(request), to: outbound, channel: channel)
                }
            }
        }
    }

    private static func send(
        _ reply: TestReply,
        to outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>,
        channel: any Channel
    ) async throws {
        let status = HTTPResponseStatus(statusCode: reply.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(reply.headers))
        try await outbound.write(.head(head))
        for part in reply.parts {
            switch part {
            case .text(let text):
                try await outbound.write(.body(.byteBuffer(ByteBuffer(string: text))))
            case .bytewise(let text):
                for byte in text.utf8 {
                    try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: [byte]))))
                }
            case .wait(let signal):
                await signal.wait()
            case .cut:
                try await channel.close()
                return
            case .hang:
                // Back to reading, which is how the server notices that the client goes.
                return
            }
        }
        try await outbound.write(.end(nil))
    }
}

extension TestRequest {
    fileprivate init(_ head: HTTPRequestHead, body: String, hasClientCertificate: Bool) {
        method = head.method.rawValue
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        path = String(parts[0])
        query = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? Self.decoded(sides[1]) : ""
        }
        headers = head.headers
        self.body = body
        self.hasClientCertificate = hasClientCertificate
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
