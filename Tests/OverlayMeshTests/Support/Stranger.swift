import NIOCore
import NIOPosix
import NIOSSL
import OverlayCore

@testable import OverlayMesh

/// A connection to a peer that does as the test says.
struct Stranger: Sendable {
    let channel: any Channel
    /// What comes, after TLS if it speaks that; ends when the peer closes.
    let bytes: AsyncStream<ByteBuffer>

    /// In plain text.
    static func plain(to place: PeerAddress) async throws -> Stranger {
        try await connect(to: place) { _ in }
    }

    /// With a certificate of the token.
    static func member(of token: ClusterToken, to place: PeerAddress) async throws -> Stranger {
        let authority = try ClusterAuthority(token: token)
        let identity = try TLSIdentity(authority: authority, peer: PeerID(high: 9, low: 9), at: MeshTransport.time())
        return try await connect(to: place) { pipeline in
            try pipeline.addHandler(identity.handler(isOutbound: true, now: MeshTransport.time()) { _ in })
        }
    }

    /// With TLS of its own, that takes any certificate.
    static func tls(_ change: (inout TLSConfiguration) -> Void, to place: PeerAddress) async throws -> Stranger {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = [TLSIdentity.applicationProtocol]
        change(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        return try await connect(to: place) { pipeline in
            try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
        }
    }

    private static func connect(
        to place: PeerAddress,
        _ prepare: @escaping @Sendable (ChannelPipeline.SynchronousOperations) throws -> Void
    ) async throws -> Stranger {
        let (bytes, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel.pipeline.syncOperations)
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "\(place.address)", port: Int(place.port)).get()
        return Stranger(channel: channel, bytes: bytes)
    }

    /// Sends bytes; the peer may close before it has taken them.
    func send(_ bytes: [UInt8]) async {
        try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Returns when the peer has closed.
    func closed() async {
        for await _ in bytes {}
    }
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
    }
}
