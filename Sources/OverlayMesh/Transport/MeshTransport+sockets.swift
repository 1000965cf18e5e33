import Addressing
import Logging
import NIOCore
import NIOPosix
import Observability
import OverlayCore

extension MeshTransport {
    private static let writeBufferWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 128 << 10)

    /// Listens on all of the addresses, but for a family that the kernel has not if there is another address.
    func listen() async throws(ListenError) -> [any Channel] {
        var listeners: [any Channel] = []
        var missing: ListenError?
        for address in configuration.listen {
            do {
                let listener = try await listen(on: address)
                listeners.append(listener)
                var actual = address
                actual.port = listener.localAddress?.port ?? address.port
                addresses.append(actual)
            } catch {
                let error = ListenError(address: address, cause: error)
                if error.isMissingFamily, configuration.listen.count > 1 {
                    missing = error
                    continue
                }
                for listener in listeners { try? await listener.close() }
                throw error
            }
        }
        if listeners.isEmpty, let missing { throw missing }
        let port = UInt16(clamping: addresses.first?.port ?? 0)
        if port != configuration.own.meshPort { updateOwn { $0.meshPort = port } }
        logger.info("Taking connections", metadata: ["addresses": .array(addresses.map { "\($0)" })])
        return listeners
    }

    private func listen(on address: ListenAddress) async throws -> any Channel {
        let socketAddress = try SocketAddress(ipAddress: address.host, port: address.port)
        var bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // One accepted connection for each read, so that the bucket's tokens are connections.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptHandler(transport: self))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.writeBufferWaterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.assumeIsolated { try $0.begin(channel, dialled: nil) }
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

    /// Connects to a place; the node is told what came of it.
    func dial(_ address: PeerAddress) {
        guard connections.count < configuration.limits.connections else {
            return handle(.mesh(.dialFailed(address, reason: "there are \(connections.count) connections already")))
        }
        let socketAddress: SocketAddress
        do {
            socketAddress = try SocketAddress(ipAddress: "\(address.address)", port: Int(address.port))
        } catch {
            return handle(.mesh(.dialFailed(address, reason: "\(error)")))
        }
        let connected = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.limits.dialTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.writeBufferWaterMark)
            .connect(to: socketAddress)
        connected.whenComplete { result in
            self.assumeIsolated { $0.didConnect(to: address, result) }
        }
    }

    private func didConnect(to address: PeerAddress, _ result: Result<any Channel, any Error>) {
        do {
            let channel = try result.get()
            guard isRunning else { return channel.close(promise: nil) }
            do {
                try begin(channel, dialled: address)
            } catch {
                channel.close(promise: nil)
                throw error
            }
        } catch {
            handle(.mesh(.dialFailed(address, reason: ConnectionFailure.reason(of: error))))
        }
    }

    /// How long until one more connection may be accepted; nil if one may now, which is then counted.
    func pauseBeforeAccept() -> Duration? { acceptance.take(now: Self.now()) }

    /// Sets up a connection that has just been made; the TLS handshake comes next.
    private func begin(_ channel: any Channel, dialled: PeerAddress?) throws {
        guard isRunning else { throw Surplus() }
        let remote = dialled ?? channel.remoteAddress.flatMap { PeerAddress($0) }
        guard let remote else { throw Surplus() }
        if dialled == nil {
            counters.accepted += 1
            let strangers = connections.values.filter { $0.peer == nil && !$0.isOutbound }
            let limits = configuration.limits
            guard
                connections.count < limits.connections, strangers.count < limits.handshakes,
                strangers.count(where: { $0.remote.address == remote.address }) < limits.handshakesPerAddress
            else {
                counters.surplus += 1
                throw Surplus()
            }
        }
        renewCertificate()
        lastConnection += 1
        let id = ConnectionID(rawValue: lastConnection)
        let secure = try tls.handler(isOutbound: dialled != nil, now: Self.time()) { verdict in
            self.assumeIsolated { $0.didVerify(id, verdict) }
        }
        connections[id] = MeshConnection(
            channel: channel,
            remote: remote,
            isOutbound: dialled != nil,
            began: Self.now()
        )
        do {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ConnectionHandler(id: id, transport: self))
            try pipeline.addHandler(ByteToMessageHandler(FrameDecoder()), position: .first)
            // Begins the handshake if the channel is active.
            try pipeline.addHandler(secure, position: .first)
        } catch {
            connections[id] = nil
            throw error
        }
    }

    private func renewCertificate() {
        let time = Self.time()
        guard time >= tls.renewal else { return }
        do {
            tls = try TLSIdentity(authority: authority, peer: configuration.own.id, at: time)
        } catch {
            logger.error("Cannot renew our certificate", metadata: ["error": "\(error)"])
        }
    }
}

/// A connection that there is no room for; nobody sees it.
private struct Surplus: Error {}

extension PeerAddress {
    /// The address and port of a TCP socket; nil of any other.
    init?(_ address: SocketAddress) {
        guard
            let ip = address.ipAddress.flatMap({ IPAddress($0) }),
            let port = address.port.flatMap({ UInt16(exactly: $0) })
        else { return nil }
        self.init(address: ip, port: port)
    }
}
