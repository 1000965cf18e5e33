import Glibc
public import NIOCore
import NIOHTTP1
public import NIOPosix
import Synchronization

/// A small HTTP/1.1 server for health, metrics and the like: every answer comes from memory, and nobody who connects
/// can hold more than a bounded amount of it.
///
/// It serves from ``start(on:limits:group:handler:)`` until ``close()``.
public final class StatusServer: Sendable {
    /// How much a server gives to its clients.
    public struct Limits: Sendable, Equatable {
        /// Connections at one time; more are closed at once.
        public var connections = 128
        /// Bytes of one request, head and body.
        public var requestBytes = 16 * 1_024
        /// Time from the connection, or from the last answer, to the end of the next request.
        public var requestTimeout: Duration = .seconds(75)
        /// Time from the connection to the end of the first request.
        public var firstRequestTimeout: Duration = .seconds(10)
        /// Time a client takes to read an answer.
        public var responseTimeout: Duration = .seconds(30)

        /// The limits that are the defaults.
        public init() {}
    }

    /// The addresses it listens on, with the ports that the kernel chose.
    public let addresses: [ListenAddress]
    private let listeners: [any Channel]
    private let connections: ConnectionSet

    private init(addresses: [ListenAddress], listeners: [any Channel], connections: ConnectionSet) {
        self.addresses = addresses
        self.listeners = listeners
        self.connections = connections
    }

    /// Listens on all of the addresses, or on none.
    ///
    /// - Parameters:
    ///   - addresses: Where to listen.
    ///   - limits: What clients may use.
    ///   - group: The event loops that serve.
    ///   - prepare: Adds what stands between the connection and HTTP, such as TLS; called on the connection's event loop.
    ///   - responder: Answers requests.
    /// - Throws: The first address that could not be had.
    public static func start(
        on addresses: [ListenAddress],
        limits: Limits = Limits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        prepare: (@Sendable (any Channel) throws -> Void)? = nil,
        responder: StatusResponder
    ) async throws(ListenError) -> StatusServer {
        let connections = ConnectionSet(limit: limits.connections)
        var listeners: [any Channel] = []
        var bound: [ListenAddress] = []
        for address in addresses {
            do {
                let listener = try await listen(on: address, limits, group, connections, prepare, responder)
                listeners.append(listener)
                var actual = address
                actual.port = listener.localAddress?.port ?? address.port
                bound.append(actual)
            } catch {
                for listener in listeners { try? await listener.close() }
                throw ListenError(address: address, cause: error)
            }
        }
        return StatusServer(addresses: bound, listeners: listeners, connections: connections)
    }

    /// Listens, and has requests answered from memory.
    public static func start(
        on addresses: [ListenAddress],
        limits: Limits = Limits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        handler: @escaping StatusHandler
    ) async throws(ListenError) -> StatusServer {
        try await start(on: addresses, limits: limits, group: group, responder: .immediate(handler))
    }

    private static func listen(
        on address: ListenAddress,
        _ limits: Limits,
        _ group: any EventLoopGroup,
        _ connections: ConnectionSet,
        _ prepare: (@Sendable (any Channel) throws -> Void)?,
        _ responder: StatusResponder
    ) async throws -> any Channel {
        let isDualStack = address.host == "::" && !address.isIPv6Only
        let socketAddress: SocketAddress
        if isDualStack, !kernelHasIPv6 {
            // What is meant is every address, and IPv4 has all there are.
            socketAddress = try SocketAddress(ipAddress: "0.0.0.0", port: address.port)
        } else {
            socketAddress = try SocketAddress(ipAddress: address.host, port: address.port)
        }
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.admit(channel) else { throw TooManyConnections() }
                    try prepare?(channel)
                    try channel.pipeline.syncOperations.addStatusHandlers(limits: limits, responder: responder)
                }
            }
        if socketAddress.protocol == .inet6 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only),
                value: address.isIPv6Only ? 1 : 0
            )
        }
        return try await bootstrap.bind(to: socketAddress).get()
    }

    /// Whether the kernel knows IPv6 at all.
    private static var kernelHasIPv6: Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        Glibc.close(descriptor)
        return true
    }

    /// Stops listening and closes every connection.
    public func close() async {
        for listener in listeners { try? await listener.close() }
        await connections.closeAll()
    }
}

extension ListenError {
    package init(address: ListenAddress, cause: any Error) {
        switch cause {
        case let error as IOError:
            self.init(address: address, errno: error.errnoCode, reason: String(cString: strerror(error.errnoCode)))
        default:
            self.init(address: address, errno: 0, reason: "\(cause)")
        }
    }
}

/// Closes a connection that is one too many; nobody sees it.
private struct TooManyConnections: Error {}

/// The open connections of one server.
final class ConnectionSet: Sendable {
    private let limit: Int
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether there is room for the connection; it is forgotten when it closes.
    func admit(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdmitted = open.withLock { open in
            guard open.count < limit else { return false }
            open[id] = channel
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { _ in self.open.withLock { _ = $0.removeValue(forKey: id) } }
        }
        return isAdmitted
    }

    func closeAll() async {
        for channel in open.withLock({ Array($0.values) }) { try? await channel.close() }
    }
}
