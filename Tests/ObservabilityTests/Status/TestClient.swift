import NIOCore
import NIOPosix
import Observability

/// A TCP connection whose received bytes are collected.
struct TestClient: Sendable {
    let channel: any Channel
    let bytes: AsyncStream<ByteBuffer>

    /// Waits until the text ends so, or, with nil, until the server closes; false where it closes before.
    func received(until end: String?) async -> Bool {
        var text = ""
        for await chunk in bytes {
            text += String(buffer: chunk)
            if let end, text.hasSuffix(end) { return true }
        }
        return end == nil
    }

    /// Everything until the server closes.
    func all() async -> String {
        var text = ""
        for await chunk in bytes { text += String(buffer: chunk) }
        return text
    }
}

/// Connects to a server.
func connect(_ address: ListenAddress) async throws -> TestClient {
    let (bytes, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(continuation))
            }
        }
        .connect(host: address.host, port: address.port).get()
    return TestClient(channel: channel, bytes: bytes)
}

/// Sends the text and returns everything that comes until the server closes.
func exchange(_ address: ListenAddress, _ request: String) async throws -> String {
    let client = try await connect(address)
    // The server may close before it has read all of it.
    try? await client.channel.writeAndFlush(ByteBuffer(string: request))
    return await client.all()
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        continuation.finish()
        context.close(promise: nil)
    }
}
