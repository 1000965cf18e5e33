import NIOCore
import NIOPosix
import Testing

@testable import APIServer

/// Two connections that are joined.
@Suite(.timeLimit(.minutes(1))) struct TunnelHandlerTests {
    @Test func `what a connection brought before it ended is handed on`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        // The node: says something and goes.
        let node = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Speaker())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        // The server: takes a client and the node's connection.
        let (accepted, accepting) = AsyncStream.makeStream(of: (TunnelReference, any Channel).self)
        let server = try await ServerBootstrap(group: loop, childGroup: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tunnel = TunnelHandler(holds: false)
                    try channel.pipeline.syncOperations.addHandler(tunnel)
                    accepting.yield((TunnelReference(tunnel, eventLoop: channel.eventLoop), channel))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: loop)
            .connect(host: "127.0.0.1", port: server.localAddress?.port ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let nodeTunnel = try await ClientBootstrap(group: loop)
            .connect(host: "127.0.0.1", port: node.localAddress?.port ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tunnel = TunnelHandler(holds: true)
                    try channel.pipeline.syncOperations.addHandlers([Reader(), tunnel])
                    return (TunnelReference(tunnel, eventLoop: channel.eventLoop), channel)
                }
            }
        // The node's connection has ended before anybody joins it.
        try await nodeTunnel.1.closeFuture.get()
        let (tunnel, _) = try #require(await accepted.first { _ in true })
        let isJoined = try await tunnel.join(nodeTunnel.0, greeting: ByteBuffer(string: "hello"))
        #expect(isJoined)
        let bytes = try await client.executeThenClose { inbound, _ in
            var bytes: [UInt8] = []
            for try await piece in inbound { bytes += piece.readableBytesView }
            return bytes
        }
        #expect(bytes == Array("hello".utf8) + [0x82, 1, 65, 0x88, 0])
        try await server.close()
        try await node.close()
    }
}

/// Reads whatever comes, as TLS does for itself.
private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        context.read()
    }
}

/// Says a frame and the end of a WebSocket, and goes.
private final class Speaker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [0x82, 1, 65, 0x88, 0]))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
