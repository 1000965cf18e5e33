import Addressing
import NIOCore
import NIOPosix
import NIOSSL

/// A GET over TLS. As upstream, nobody asks whose certificate it is.
struct TLSProbe: Sendable {
    let address: IPAddress
    let port: UInt16
    /// How long the connection may take to come about; the whole has its own limit.
    let limit: Duration

    /// Sends the request and judges the answer.
    func http(_ probe: HTTPProbe) async throws -> ProbeRunner.Outcome {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.milliseconds(limit.components.seconds * 1_000 + 1))
            .connect(host: "\(address)", port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: probe.request))
            var answer: [UInt8] = []
            for try await buffer in inbound {
                answer += buffer.readableBytesView
                if HTTPProbe.isEnough(answer) { break }
            }
            return probe.outcome(answer)
        }
    }
}
