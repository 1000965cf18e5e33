import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Connects to nodes, as the API server.
struct NodeClient: Sendable {
    private let tls: NIOSSLContext

    /// How long a node has to answer.
    struct Timeouts: Sendable {
        /// To take the connection.
        var connect = TimeAmount.seconds(10)
        /// To say that the answer begins.
        var head = TimeAmount.seconds(30)
    }

    let timeouts = Timeouts()

    /// - Parameter tls: The server's certificate and key as a client, and the authorities of nodes' certificates.
    init(tls: TLSConfiguration) throws {
        var tls = tls
        tls.certificateVerification = .fullVerification
        tls.applicationProtocols = ["http/1.1"]
        self.tls = try NIOSSLContext(configuration: tls)
    }

    typealias HTTP = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// What became of a request for another protocol.
    enum Upgraded: Sendable {
        /// The node speaks it: its answer's head, and the bytes that follow.
        case tunnel(HTTPResponseHead, TunnelReference, any Channel)
        /// It does not: an answer like any other.
        case answer(HTTP)
    }

    /// Connects for a request with an answer; the request is not sent yet.
    func connect(_ call: NodeCall, on eventLoop: any EventLoop) async throws -> HTTP {
        try await open(call, on: eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
    }

    /// Connects and asks for another protocol.
    ///
    /// - Parameter opened: Is given the connection before the node has answered.
    func upgrade(
        _ call: NodeCall,
        _ upgrade: UpgradeRequest,
        on eventLoop: any EventLoop,
        opened: (any Channel) -> Void
    ) async throws -> Upgraded {
        let (channel, negotiation) = try await open(call, on: eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
                    upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                        upgradeRequestHead: Self.head(call),
                        upgraders: [Upgrader(request: upgrade)],
                        notUpgradingCompletionHandler: { channel in
                            channel.eventLoop.makeCompletedFuture {
                                .answer(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                            }
                        }
                    )
                )
                // What comes together with the consent is for the client.
                configuration.leftOverBytesStrategy = .forwardBytes
                let negotiation = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: configuration
                )
                return (channel, negotiation)
            }
        }
        opened(channel)
        let deadline = channel.eventLoop.scheduleTask(in: timeouts.head) { channel.close(mode: .all, promise: nil) }
        defer { deadline.cancel() }
        return try await negotiation.get()
    }

    /// The head of the request.
    static func head(_ call: NodeCall) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: call.target,
            headers: ["Host": call.endpoint.authority, "User-Agent": "kube-apiserver"]
        )
    }

    private func open<Output: Sendable>(
        _ call: NodeCall,
        on eventLoop: any EventLoop,
        _ setup: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        let tls = tls
        let endpoint = call.endpoint
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeouts.connect)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let initializer: @Sendable (any Channel) -> EventLoopFuture<Output> = { channel in
            channel.eventLoop.makeCompletedFuture {
                // The certificate must have the node's name, or the address that was dialled.
                try channel.pipeline.syncOperations.addHandler(
                    NIOSSLClientHandler(context: tls, serverHostname: Self.certificateName(endpoint))
                )
            }.flatMap { setup(channel) }
        }
        if let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
            return try await bootstrap.connect(to: address, channelInitializer: initializer)
        }
        return try await bootstrap.connect(
            host: endpoint.host,
            port: endpoint.port,
            channelInitializer: initializer
        )
    }

    /// The name that the certificate must have; nil where it must have the address.
    private static func certificateName(_ endpoint: NodeEndpoint) -> String? {
        let isAddress = (try? SocketAddress(ipAddress: endpoint.node, port: 0)) != nil
        return isAddress || endpoint.node.isEmpty ? nil : endpoint.node
    }

    /// Hands on what the client has asked for, and the node's answer to it.
    private struct Upgrader: NIOTypedHTTPClientProtocolUpgrader {
        let request: UpgradeRequest
        var supportedProtocol: String { request.name }
        var requiredUpgradeHeaders: [String] { [] }

        func addCustom(upgradeRequestHeaders headers: inout HTTPHeaders) {
            for header in request.headers { headers.add(name: header.name, value: header.value) }
        }

        func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool { true }

        func upgrade(channel: any Channel, upgradeResponse head: HTTPResponseHead) -> EventLoopFuture<Upgraded> {
            channel.eventLoop.makeCompletedFuture {
                let tunnel = TunnelHandler(holds: true)
                try channel.pipeline.syncOperations.addHandler(tunnel)
                return .tunnel(head, TunnelReference(tunnel, eventLoop: channel.eventLoop), channel)
            }
        }
    }
}
