import Glibc
import Logging
import NIOCore
import NIOPosix
import Observability
import Synchronization

/// The sockets that a kubelet's server listens on, and the connections that come of them.
struct KubeletListener: Sendable {
    /// The addresses, with the ports that the kernel chose.
    let addresses: [ListenAddress]
    private let sockets: [NIOAsyncChannel<KubeletConnection?, Never>]

    /// Listens on all of the addresses; a family that the kernel lacks may be missing where another is there.
    static func start(
        on addresses: [ListenAddress],
        _ setup: KubeletConnection.Setup
    ) async throws(ListenError) -> KubeletListener {
        let count = ConnectionCount(limit: setup.limits.connections)
        var sockets: [NIOAsyncChannel<KubeletConnection?, Never>] = []
        var bound: [ListenAddress] = []
        for address in addresses {
            do {
                let socket = try await listen(on: address, setup, count)
                sockets.append(socket)
                var actual = address
                actual.port = socket.channel.localAddress?.port ?? address.port
                bound.append(actual)
            } catch {
                let error = ListenError(address: address, cause: error)
                if error.isMissingFamily, addresses.count > 1 { continue }
                for socket in sockets { try? await socket.channel.close() }
                throw error
            }
        }
        return KubeletListener(addresses: bound, sockets: sockets)
    }

    private static func listen(
        on address: ListenAddress,
        _ setup: KubeletConnection.Setup,
        _ count: ConnectionCount
    ) async throws -> NIOAsyncChannel<KubeletConnection?, Never> {
        let socketAddress = try SocketAddress(ipAddress: address.host, port: address.port)
        var bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptErrors())
                }
            }
        if socketAddress.protocol == .inet6 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only),
                value: address.isIPv6Only ? 1 : 0
            )
        }
        return try await bootstrap.bind(to: socketAddress) { channel in
            channel.eventLoop.makeCompletedFuture {
                guard count.admit(channel) else {
                    channel.close(mode: .all, promise: nil)
                    return nil
                }
                do {
                    try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
                    // A peer that vanished without a word is found out, also where nothing is to be said to it.
                    try channel.syncOptions?.setOption(.socketOption(.so_keepalive), value: 1)
                    return try KubeletConnection(channel, setup)
                } catch {
                    channel.close(mode: .all, promise: nil)
                    return nil
                }
            }
        }
    }

    /// Serves until the task is cancelled, or a socket fails.
    func run(logger: Logger) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for socket in sockets {
                group.addTask {
                    try await socket.executeThenClose { inbound in
                        try await withThrowingDiscardingTaskGroup { connections in
                            for try await connection in inbound {
                                guard let connection else { continue }
                                connections.addTask { await connection.run() }
                            }
                            // The socket is closed: what came of it ends with it.
                            connections.cancelAll()
                        }
                    }
                    try Task.checkCancellation()
                    throw ListenError(
                        address: ListenAddress(host: "", port: socket.channel.localAddress?.port ?? 0),
                        errno: 0,
                        reason: "the socket was closed"
                    )
                }
            }
        }
    }
}

/// Keeps errors of single connections, and of too many, from closing the socket that listens.
private final class AcceptErrors: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// How many connections there are.
private final class ConnectionCount: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts a connection until it is closed; false where there are too many.
    func admit(_ channel: any Channel) -> Bool {
        let isAdmitted = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return false }
        channel.closeFuture.whenComplete { _ in self.count.withLock { $0 -= 1 } }
        return true
    }
}
