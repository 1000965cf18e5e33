import Addressing
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Testing

@testable import PodRuntime

/// gRPC probes against a server of HTTP/2 that somebody else wrote.
@Suite struct HealthProbeTests {
    @Test(arguments: [
        ("", 1, ""), ("", 2, "service unhealthy (responded with \"NOT_SERVING\")"), ("db", 1, ""),
        ("other", nil, "error: this server does not serve the health check, or does not know service \"other\""),
    ])
    func `a service is asked for by its name`(service: String, status: UInt8?, message: String) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { connection in
                connection.eventLoop.makeCompletedFuture {
                    _ = try connection.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .server,
                        connectionConfiguration: .init(),
                        streamConfiguration: .init()
                    ) { stream in
                        stream.eventLoop.makeCompletedFuture {
                            try stream.pipeline.syncOperations.addHandler(HealthService(service, status))
                        }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let port = UInt16(try #require(server.localAddress?.port))
        let outcome = await ProbeRunner(watch: try DescriptorWatch()).run(
            .grpc(port: port, service: service),
            limit: .seconds(60),
            addresses: [.v4(0x7f00_0001)]
        ) { _, _ in .init(isSuccess: false, message: "nothing is to be run") }
        #expect(outcome == .init(isSuccess: message.isEmpty, message: message))
        try await server.close()
    }
}

/// `grpc.health.v1.Health` for one call.
private final class HealthService: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let service: String
    private let status: UInt8?
    private var path: String?
    private var body = ByteBuffer()

    /// - Parameter status: What is answered for that service; nil for an end without a message.
    init(_ service: String, _ status: UInt8?) {
        (self.service, self.status) = (service, status)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            path = headers.headers.first(name: ":path")
            guard headers.headers.first(name: "content-type") == "application/grpc" else { path = nil; return }
        case .data(let data):
            if case .byteBuffer(let bytes) = data.data { body.writeImmutableBuffer(bytes) }
            if data.endStream { answer(context) }
        default: break
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let message = service.isEmpty ? [] : [0x0a, UInt8(service.utf8.count)] + Array(service.utf8)
        let isRight =
            path == "/grpc.health.v1.Health/Check"
            && Array(body.readableBytesView) == [0, 0, 0, 0, UInt8(message.count)] + message
        let head: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
        guard isRight, let status else {
            let end = head.withStatus("5")
            context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: end, endStream: true))), promise: nil)
            return
        }
        context.write(wrapOutboundOut(.headers(.init(headers: head))), promise: nil)
        let answer = ByteBuffer(bytes: [0, 0, 0, 0, 2, 8, status])
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(answer)))), promise: nil)
        let end = HPACKHeaders([("grpc-status", "0")])
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: end, endStream: true))), promise: nil)
    }
}

extension HPACKHeaders {
    fileprivate func withStatus(_ status: String) -> HPACKHeaders {
        var headers = self
        headers.add(name: "grpc-status", value: status)
        return headers
    }
}
