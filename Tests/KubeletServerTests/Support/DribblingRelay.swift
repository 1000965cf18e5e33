import NIOCore
import NIOPosix

/// Stands between two programs, and hands on what they say in small pieces with pauses, so that who reads has seldom a
/// whole TLS record at once.
enum DribblingRelay {
    /// Runs `body` with the port that leads to another port of this machine.
    static func run<R>(to port: Int, _ body: (Int) async throws -> R) async throws -> R {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                ClientBootstrap(group: near.eventLoop)
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: "127.0.0.1", port: port)
                    .flatMap { far in
                        near.eventLoop.makeCompletedFuture {
                            let handlers = (Dribbler(), Dribbler())
                            (handlers.0.partner, handlers.1.partner) = (handlers.1, handlers.0)
                            try near.pipeline.syncOperations.addHandler(handlers.0)
                            try far.pipeline.syncOperations.addHandler(handlers.1)
                        }
                    }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let result: Result<R, any Error>
        do {
            result = .success(try await body(listener.localAddress?.port ?? 0))
        } catch {
            result = .failure(error)
        }
        try await listener.close()
        return try result.get()
    }
}

/// One of two connections that are one way.
private final class Dribbler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let pieceLength = 500

    var partner: Dribbler?
    private var context: ChannelHandlerContext?
    private var waiting = ByteBuffer()
    private var isPausing = false
    private var isEnding = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner?.waiting.writeImmutableBuffer(unwrapInboundIn(data))
        partner?.goOn()
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.isEnding = true
        partner?.goOn()
        partner = nil
    }

    private func goOn() {
        guard !isPausing, let context else { return }
        guard let piece = waiting.readSlice(length: min(Self.pieceLength, waiting.readableBytes)),
            piece.readableBytes > 0
        else {
            if isEnding { context.close(promise: nil) }
            return
        }
        context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        isPausing = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(1)) {
            bound.value.isPausing = false
            bound.value.goOn()
        }
    }
}
