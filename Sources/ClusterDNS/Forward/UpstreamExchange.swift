import Addressing
import NIOCore
import NIOPosix

/// One question to one server, over UDP from a port of its own, or over TCP.
enum UpstreamExchange {
    /// Why there is no answer.
    enum Failure: Error, Sendable, Equatable {
        case timeout
        /// The answer came, but anybody could have made it.
        case respelled
        /// The server ended the connection.
        case closed
    }

    /// Asks over UDP.
    ///
    /// The kernel chooses the port, at random, and hands on only what comes from the server.
    static func overUDP(
        _ query: OutgoingQuery,
        to server: ServerEndpoint,
        timeout: TimeAmount,
        group: any EventLoopGroup
    ) async throws -> DNSMessage {
        let loop = group.next()
        let promise = loop.makePromise(of: DNSMessage.self)
        let channel: any Channel
        do {
            channel = try await DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = AnswerHandler<AddressedEnvelope<ByteBuffer>>(query, promise, isConnected: false) {
                            $0.data
                        }
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(to: try server.socketAddress())
                .get()
        } catch {
            promise.fail(error)
            throw error
        }
        let timer = loop.scheduleTask(in: timeout) { promise.fail(Failure.timeout) }
        channel.writeAndFlush(ByteBuffer(bytes: query.bytes)).cascadeFailure(to: promise)
        return try await finish(channel, promise, timer)
    }

    /// Asks over TCP.
    static func overTCP(
        _ query: OutgoingQuery,
        to server: ServerEndpoint,
        timeout: TimeAmount,
        group: any EventLoopGroup
    ) async throws -> DNSMessage {
        let loop = group.next()
        let promise = loop.makePromise(of: DNSMessage.self)
        let timer = loop.scheduleTask(in: timeout) { promise.fail(Failure.timeout) }
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .connectTimeout(timeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handlers = channel.pipeline.syncOperations
                        try handlers.addHandler(ByteToMessageHandler(LengthPrefixDecoder()))
                        try handlers.addHandler(
                            AnswerHandler<ByteBuffer>(query, promise, isConnected: true) { $0 }
                        )
                    }
                }
                .connect(to: try server.socketAddress())
                .get()
        } catch {
            timer.cancel()
            promise.fail(error)
            throw error
        }
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt16(clamping: query.bytes.count))
        buffer.writeBytes(query.bytes)
        channel.writeAndFlush(buffer).cascadeFailure(to: promise)
        return try await finish(channel, promise, timer)
    }

    private static func finish(
        _ channel: any Channel,
        _ promise: EventLoopPromise<DNSMessage>,
        _ timer: Scheduled<Void>
    ) async throws -> DNSMessage {
        defer {
            timer.cancel()
            channel.close(promise: nil)
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// Hands what comes to a promise, until one is the answer.
    private final class AnswerHandler<Message>: ChannelInboundHandler {
        typealias InboundIn = Message

        private let query: OutgoingQuery
        private let promise: EventLoopPromise<DNSMessage>
        private let isConnected: Bool
        private let content: (Message) -> ByteBuffer

        /// - Parameters:
        ///   - isConnected: Whether who answers has seen the question, as over TCP.
        ///   - content: The bytes of what comes.
        init(
            _ query: OutgoingQuery,
            _ promise: EventLoopPromise<DNSMessage>,
            isConnected: Bool,
            content: @escaping (Message) -> ByteBuffer
        ) {
            self.query = query
            self.promise = promise
            self.isConnected = isConnected
            self.content = content
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch query.judge(Array(content(unwrapInboundIn(data)).readableBytesView)) {
            case .answer(let message): promise.succeed(message)
            case .respelled(let message) where isConnected: promise.succeed(message)
            case .respelled: promise.fail(Failure.respelled)
            case .foreign: break
            }
        }

        /// Such as ECONNREFUSED: nobody listens there.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.fail(Failure.closed)
        }
    }
}

extension ServerEndpoint {
    /// The endpoint as NIO has it.
    func socketAddress() throws -> SocketAddress {
        try SocketAddress(ipAddress: address.description, port: Int(port))
    }
}
