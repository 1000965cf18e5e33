import Addressing
import NIOCore
import NIOPosix
import Observability

/// The sockets at one address: UDP and TCP, on the same port.
struct DNSListener: Sendable {
    /// What connections over TCP are bounded by.
    struct Limits: Sendable {
        /// Connections to all addresses together.
        var connections = 512
        /// Those of one client's address, so that nobody takes all places.
        var connectionsOfClient = 64
        /// How long a connection may go without a whole question (RFC 7766, 6.2.3).
        var idleTime: Duration = .seconds(10)
    }

    /// A message over UDP that is longer is cut off; questions have a tenth of this.
    private static let datagramCapacity = 2_048
    /// Questions that one call takes from a socket.
    private static let datagramBatch = 16
    /// What waits while everybody is busy.
    private static let receiveBuffer = 1 << 20
    /// How often a free port is looked for: what is free for UDP may be taken for TCP.
    private static let portAttempts = 8

    /// Where it listens; the port is never 0.
    let endpoint: ServerEndpoint
    private let channels: [any Channel]

    /// Opens the sockets.
    ///
    /// - Parameter endpoint: Where; port 0 for any that is free.
    /// - Throws: What the kernel refused.
    static func open(
        _ endpoint: ServerEndpoint,
        desk: QueryDesk,
        idleTime: Duration,
        connections: ConnectionCount,
        group: any EventLoopGroup
    ) async throws(ListenError) -> DNSListener {
        var attempt = 1
        while true {
            do {
                return try await openBoth(endpoint, desk, idleTime, connections, group)
            } catch {
                guard endpoint.port == 0, attempt < portAttempts else { throw error }
                attempt += 1
            }
        }
    }

    private static func openBoth(
        _ endpoint: ServerEndpoint,
        _ desk: QueryDesk,
        _ idleTime: Duration,
        _ connections: ConnectionCount,
        _ group: any EventLoopGroup
    ) async throws(ListenError) -> DNSListener {
        var endpoint = endpoint
        do {
            let datagrams = try await openDatagrams(endpoint, desk, group)
            endpoint.port = UInt16(clamping: datagrams.localAddress?.port ?? Int(endpoint.port))
            do {
                let stream = try await openStream(endpoint, desk, idleTime, connections, group)
                return DNSListener(endpoint: endpoint, channels: [datagrams, stream])
            } catch {
                try? await datagrams.close()
                throw error
            }
        } catch {
            let address = ListenAddress(
                host: endpoint.address.description,
                port: Int(endpoint.port),
                isIPv6Only: endpoint.address.family == .ipv6
            )
            throw ListenError(address: address, cause: error)
        }
    }

    private static func openDatagrams(
        _ endpoint: ServerEndpoint,
        _ desk: QueryDesk,
        _ group: any EventLoopGroup
    ) async throws -> any Channel {
        try await DatagramBootstrap(group: group)
            .channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
            .channelOption(.datagramVectorReadMessageCount, value: datagramBatch)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: datagramCapacity * datagramBatch)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramQueryHandler(desk))
                }
            }
            .bind(to: try endpoint.socketAddress())
            .get()
    }

    private static func openStream(
        _ endpoint: ServerEndpoint,
        _ desk: QueryDesk,
        _ idleTime: Duration,
        _ connections: ConnectionCount,
        _ group: any EventLoopGroup
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                // Nil where it is gone again.
                guard let client = DNSClient(isStream: true, channel.remoteAddress).address,
                    connections.enter(client)
                else {
                    desk.metrics.refusedConnections.increment()
                    return channel.eventLoop.makeFailedFuture(TooManyConnections())
                }
                channel.closeFuture.whenComplete { _ in connections.leave(client) }
                return channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    try handlers.addHandler(ByteToMessageHandler(LengthPrefixDecoder()))
                    try handlers.addHandler(StreamQueryHandler(desk, idleTime: TimeAmount(idleTime)))
                }
            }
            .bind(to: try endpoint.socketAddress())
            .get()
    }

    /// Closes the sockets; connections end when they are idle.
    func close() async {
        for channel in channels { try? await channel.close() }
    }

    private struct TooManyConnections: Error {}
}
