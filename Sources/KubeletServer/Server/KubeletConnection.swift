import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Observability

/// One connection to the kubelet's server.
struct KubeletConnection: Sendable {
    /// The connection.
    let channel: any Channel
    /// Whether its first request makes it a WebSocket.
    let negotiation: EventLoopFuture<Negotiated>
    private let deadline: RequestDeadline
    private let setup: Setup

    /// What all connections have in common.
    struct Setup: Sendable {
        let tls: NIOSSLContext
        let gate: KubeletGate
        let pods: any PodAccess
        let metrics: KubeletMetrics
        let limits: KubeletLimits
    }

    /// What became of a connection with its first request.
    enum Negotiated: Sendable {
        /// A command's streams.
        case exec(ExecBridge, ExecBridge.Socket)
        /// Requests and answers.
        case http(NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>)
    }

    /// Sets up a connection that was accepted; on its event loop.
    init(_ channel: any Channel, _ setup: Setup) throws {
        self.channel = channel
        self.setup = setup
        deadline = RequestDeadline(channel)
        deadline.begin(setup.limits.firstRequestTimeout)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: setup.tls))
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [Self.upgrader(setup, deadline)],
                notUpgradingCompletionHandler: { [deadline] channel in
                    // Ends here and not where the request is answered: a busy process is no slow client.
                    deadline.end()
                    return channel.eventLoop.makeCompletedFuture {
                        .http(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                    }
                }
            )
        )
        // The handler for pipelining stops reading while an answer is under way, and would not see a client that goes.
        configuration.enablePipelining = false
        configuration.decoderConfiguration.maxHeaderFieldSize = setup.limits.headerByteCount
        configuration.decoderConfiguration.maxHeaderListSize = setup.limits.headerByteCount
        configuration.decoderConfiguration.maxHeaderFieldCount = setup.limits.headerCount
        negotiation = try pipeline.configureUpgradableHTTPServerPipeline(configuration: configuration)
    }

    /// Upgrades requests for commands that are allowed; all others are answered as any request is.
    private static func upgrader(
        _ setup: Setup,
        _ deadline: RequestDeadline
    ) -> NIOTypedWebSocketServerUpgrader<Negotiated> {
        NIOTypedWebSocketServerUpgrader(
            maxFrameSize: ExecBridge.frameLimit,
            shouldUpgrade: { channel, head in
                channel.nioSSL_peerCertificate().map { certificate in
                    let certificate = certificate.flatMap { try? $0.toDERBytes() }
                    guard let version = KubeletGate.streamProtocol(head),
                        case .exec? = try? setup.gate.admit(head, certificate: certificate)
                    else { return nil }
                    return ["Sec-WebSocket-Protocol": version.rawValue]
                }
            },
            upgradePipelineHandler: { channel, head in
                deadline.end()
                return channel.eventLoop.makeCompletedFuture {
                    guard let version = KubeletGate.streamProtocol(head),
                        case .exec(let container, let command) = try KubeletRequest(
                            method: head.method.rawValue,
                            target: head.uri
                        )
                    else { throw KubeletRefusal.notFound }
                    return .exec(
                        ExecBridge(container: container, command: command, version: version, pods: setup.pods),
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    )
                }
            }
        )
    }

    /// Serves it until it is closed, or the task is cancelled.
    func run() async {
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await channel.closeFuture.get() }
                group.addTask {
                    do {
                        try await serve()
                    } catch {
                        // The client has gone, or sends what is no request: nobody is left to be told.
                    }
                    deadline.end()
                    channel.close(mode: .all, promise: nil)
                }
                // Whichever comes first ends the other.
                await group.next()
                group.cancelAll()
            }
        } onCancel: {
            channel.close(mode: .all, promise: nil)
        }
    }

    private func serve() async throws {
        switch try await negotiation.get() {
        case .exec(let bridge, let socket):
            setup.metrics.count("exec", code: 101)
            setup.metrics.streams.add(1)
            defer { setup.metrics.streams.add(-1) }
            try await bridge.run(socket)
        case .http(let http):
            try await serve(http)
        }
    }

    private func serve(_ http: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>) async throws {
        let responder = KubeletResponder(pods: setup.pods, metrics: setup.metrics)
        let certificate = try await channel.nioSSL_peerCertificate().get().map { try $0.toDERBytes() }
        try await http.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var bodyByteCount = 0
            for try await part in inbound {
                switch part {
                case .head(let next):
                    (head, bodyByteCount) = (next, 0)
                case .body(let piece):
                    bodyByteCount += piece.readableBytes
                    guard bodyByteCount <= setup.limits.bodyByteCount else { return }
                case .end:
                    guard let request = head else { return }
                    deadline.end()
                    do {
                        let asked = try setup.gate.admit(request, certificate: certificate)
                        try await responder.answer(asked, request, outbound)
                    } catch let refusal as KubeletRefusal {
                        try await responder.refuse(refusal, "refused", request, outbound)
                    }
                    guard request.isKeepAlive else { return }
                    deadline.begin(setup.limits.requestTimeout)
                }
            }
        }
    }
}
