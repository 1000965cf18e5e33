import APIRegistry
import Glibc
import HTTPTypes
import HummingbirdCore
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Carries requests to nodes and their answers back, as fast as both sides take them.
struct NodeCarrier: Sendable {
    let client: NodeClient
    /// What is being carried.
    let streams = NodeStreams()

    /// So much of a node's refusal is read.
    private static let refusalLimit = 16 << 10

    /// The node closed the connection before it answered, or took too long.
    private struct NoAnswer: Error {}

    /// Carries one request and writes the answer.
    ///
    /// - Parameter writer: Nil after it was used.
    /// - Returns: The status that was answered.
    @concurrent
    func carry(
        _ call: NodeCall,
        auditID: String,
        to writer: inout ResponseWriter?,
        _ connection: Connection
    ) async throws -> Int {
        var refusal: Refusal?
        do {
            if let upgrade = call.upgrade {
                refusal = try await exchange(call, upgrade, connection)
                if refusal == nil { return 101 }
            } else {
                refusal = try await stream(call, auditID, &writer, connection)
                if refusal == nil { return 200 }
            }
        } catch {
            let words = Self.words(error, call)
            refusal = .internalError(
                call.upgrade == nil ? "Get \"\(call.url)\": \(words)" : "error dialing backend: \(words)"
            )
        }
        guard let writer = writer.take(), let refusal else {
            // Half an answer was written: that it is no whole one must be seen.
            connection.channel.close(mode: .all, promise: nil)
            return 500
        }
        let reply = Reply(refusal: refusal)
        var head = reply.head(auditID: auditID)
        let bytes = refusal.status.json
        head.headerFields[.contentLength] = "\(bytes.count)"
        try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        return reply.status
    }

    // MARK: Answers

    private func stream(
        _ call: NodeCall,
        _ auditID: String,
        _ writer: inout ResponseWriter?,
        _ connection: Connection
    ) async throws -> Refusal? {
        let http = try await client.connect(call, on: connection.channel.eventLoop)
        let channel = http.channel
        streams.add(channel)
        let deadline = channel.eventLoop.scheduleTask(in: client.timeouts.head) {
            channel.close(mode: .all, promise: nil)
        }
        connection.follow { channel.close(mode: .all, promise: nil) }
        defer {
            deadline.cancel()
            connection.follow(nil)
        }
        return try await http.executeThenClose { inbound, outbound in
            try await outbound.write(.head(NodeClient.head(call)))
            try await outbound.write(.end(nil))
            var parts = inbound.makeAsyncIterator()
            guard case .head(let answer)? = try await parts.next() else { throw NoAnswer() }
            deadline.cancel()
            guard (200..<300).contains(answer.status.code) else {
                return try await Self.refusal(answer, &parts, call)
            }
            guard let writer = writer.take() else { return nil }
            let type = answer.headers.first(name: "Content-Type") ?? "text/plain"
            var body = try await writer.writeHead(Reply(contentType: type, body: .none).head(auditID: auditID))
            while let part = try await parts.next() {
                switch part {
                case .head: break
                case .body(let bytes): try await body.write(bytes)
                case .end:
                    try await body.finish(nil)
                    return nil
                }
            }
            throw NoAnswer()
        }
    }

    /// What a client is told of a node's refusal.
    ///
    /// Source: `GenericHttpResponseChecker` in `k8s.io/apiserver/pkg/registry/generic/rest`.
    private static func refusal(
        _ head: HTTPResponseHead,
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator,
        _ call: NodeCall,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Refusal {
        var body = ByteBuffer()
        reading: while body.readableBytes < refusalLimit, let part = try await parts.next(isolation: isolation) {
            switch part {
            case .head: break
            case .body(let bytes): body.writeImmutableBuffer(bytes)
            case .end: break reading
            }
        }
        var text = String(decoding: body.readableBytesView.prefix(refusalLimit), as: UTF8.self)
        while text.hasSuffix("\n") { text.removeLast() }
        switch head.status.code {
        case 400, 405, 422, 501: return .badRequest(text)
        case 404: return Refusal(.notFound, text)
        case 401, 403:
            return .internalError("node \(call.endpoint.node) does not let this API server ask: \(text)")
        default: return .internalError(text)
        }
    }

    // MARK: Upgrades

    /// Asks the node for another protocol, and joins the connections where it speaks it.
    private func exchange(
        _ call: NodeCall,
        _ upgrade: UpgradeRequest,
        _ connection: Connection
    ) async throws -> Refusal? {
        defer { connection.follow(nil) }
        let upgraded = try await client.upgrade(call, upgrade, on: connection.channel.eventLoop) { channel in
            streams.add(channel)
            connection.follow { channel.close(mode: .all, promise: nil) }
        }
        switch upgraded {
        case .tunnel(let head, let tunnel, let channel):
            let isJoined = try await connection.tunnel.join(tunnel, greeting: Self.greeting(head))
            if !isJoined {
                channel.close(mode: .all, promise: nil)
                connection.channel.close(mode: .all, promise: nil)
            }
            return nil
        case .answer(let http):
            return try await http.executeThenClose { inbound, _ in
                var parts = inbound.makeAsyncIterator()
                guard case .head(let head)? = try await parts.next() else { throw NoAnswer() }
                return try await Self.refusal(head, &parts, call)
            }
        }
    }

    /// The node's consent, as the client gets it.
    private static func greeting(_ head: HTTPResponseHead) -> ByteBuffer {
        var text = "HTTP/1.1 101 Switching Protocols\r\n"
        for (name, value) in head.headers { text += "\(name): \(value)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }

    // MARK: Words

    /// What went wrong, as a program in Go would say it.
    private static func words(_ error: any Error, _ call: NodeCall) -> String {
        let dialing = "dial tcp \(call.endpoint.authority)"
        switch error {
        case is NoAnswer, ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.inputClosed: return "EOF"
        case ChannelError.connectTimeout: return "\(dialing): i/o timeout"
        case let error as IOError:
            return "\(dialing): connect: \(String(cString: strerror(error.errnoCode)).lowercased())"
        case let error as NIOConnectionError:
            return "\(dialing): \(error.connectionErrors.first.map { "\($0.error)" } ?? "no such host")"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return "tls: failed to verify certificate of node \(call.endpoint.node): \(error)"
        default: return "\(error)"
        }
    }
}
