import Addressing
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ClusterDNS

/// Another server, on a port of 127.0.0.1, that answers as a test says.
final class TestUpstream: Sendable {
    /// What it gives for a question; nil for silence. Called on its event loop.
    typealias Handler = @Sendable (DNSMessage, Asked) -> [[UInt8]]

    /// How it was asked.
    struct Asked: Sendable {
        var isStream: Bool
        /// How many questions came before this one.
        var index: Int
    }

    private let seen = Mutex<[(question: DNSMessage, isStream: Bool)]>([])
    private let handler: Handler
    private let delay: TimeAmount

    private init(delay: TimeAmount, handler: @escaping Handler) {
        self.delay = delay
        self.handler = handler
    }

    /// The questions so far: `www.example. A`, in lower case, with ` TCP` at the end where they came so.
    var questions: [String] {
        seen.withLock { seen in
            seen.map { message, isStream in
                let question = message.questions.first
                let name = question.map { $0.name.description.lowercased() } ?? ""
                return "\(name) \(question.map { $0.type.description } ?? "")\(isStream ? " TCP" : "")"
            }
        }
    }

    /// The questions so far, as they came.
    var messages: [DNSMessage] { seen.withLock { $0.map(\.question) } }

    /// Runs one while the body runs.
    static func run<Value>(
        delay: TimeAmount = .zero,
        _ handler: @escaping Handler,
        _ body: (TestUpstream, ServerEndpoint) async throws -> Value
    ) async throws -> Value {
        let upstream = TestUpstream(delay: delay, handler: handler)
        let (port, channels) = try await listen(upstream)
        let endpoint = try #require(ServerEndpoint("127.0.0.1:\(port)"))
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(upstream, endpoint))
        } catch {
            result = .failure(error)
        }
        for channel in channels { try? await channel.close() }
        return try result.get()
    }

    /// Opens sockets on one port; what is free for UDP may be taken for TCP.
    private static func listen(_ upstream: TestUpstream) async throws -> (port: Int, channels: [any Channel]) {
        let group = MultiThreadedEventLoopGroup.singleton
        var attempt = 1
        while true {
            let datagrams = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Datagrams(upstream))
                    }
                }
                .bind(host: "127.0.0.1", port: 0)
                .get()
            let port = datagrams.localAddress?.port ?? 0
            do {
                let stream = try await ServerBootstrap(group: group)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LengthPrefixDecoder()))
                            try channel.pipeline.syncOperations.addHandler(Stream(upstream))
                        }
                    }
                    .bind(host: "127.0.0.1", port: port)
                    .get()
                return (port, [datagrams, stream])
            } catch {
                try? await datagrams.close()
                guard attempt < 8 else { throw error }
                attempt += 1
            }
        }
    }

    private func answers(to bytes: [UInt8], isStream: Bool) -> [[UInt8]] {
        guard let message = try? DNSMessage(bytes) else { return [] }
        let index = seen.withLock { seen in
            seen.append((message, isStream))
            return seen.count - 1
        }
        return handler(message, Asked(isStream: isStream, index: index))
    }

    private final class Datagrams: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        let upstream: TestUpstream

        init(_ upstream: TestUpstream) {
            self.upstream = upstream
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let client = envelope.remoteAddress
            let answers = upstream.answers(to: Array(envelope.data.readableBytesView), isStream: false)
            let channel = context.channel
            context.eventLoop.scheduleTask(in: upstream.delay) {
                for answer in answers {
                    let envelope = AddressedEnvelope(remoteAddress: client, data: ByteBuffer(bytes: answer))
                    channel.writeAndFlush(envelope, promise: nil)
                }
            }
        }
    }

    private final class Stream: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let upstream: TestUpstream

        init(_ upstream: TestUpstream) {
            self.upstream = upstream
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            for answer in upstream.answers(to: Array(unwrapInboundIn(data).readableBytesView), isStream: true) {
                var buffer = ByteBuffer()
                buffer.writeInteger(UInt16(answer.count))
                buffer.writeBytes(answer)
                context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            }
        }
    }
}

extension DNSMessage {
    /// The answer to this question with these records.
    func reply(
        _ records: [Record] = [],
        code: ResponseCode = .noError,
        authorities: [Record] = [],
        isTruncated: Bool = false
    ) -> [UInt8] {
        var message = self
        message.flags.isResponse = true
        message.flags.isTruncated = isTruncated
        message.code = code
        message.answers = records
        message.authorities = authorities
        return message.encoded()
    }

    /// The answer that says these addresses.
    func reply(addresses: UInt32..., timeToLive: UInt32 = 60) -> [UInt8] {
        let name = questions.first?.name ?? .root
        return reply(addresses.map { Record(name, .address(.v4($0)), timeToLive: timeToLive) })
    }

    /// What a zone says of names that it does not have.
    static func beginning(minimum: UInt32) -> Record {
        let zone = DNSName("example") ?? .root
        let authority = StartOfAuthority(
            server: zone,
            mailbox: zone,
            serial: 1,
            refresh: 1,
            retry: 1,
            expire: 1,
            minimum: minimum
        )
        return Record(zone, .authority(authority), timeToLive: 3_600)
    }
}
