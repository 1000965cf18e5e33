import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL

/// Sets up the connections of the server: TLS, HTTP/1.1, what watches over them.
struct ConnectionChannel: ServerChildChannel {
    /// Certificates and keys.
    let certificates: ServerCertificates
    /// How slow clients may be.
    let limits: ConnectionLimits
    /// How many connections there are of each address.
    let sources: ConnectionSources
    /// Answers requests.
    let endpoint: APIEndpoint

    /// A connection that is set up.
    struct Value: ServerChildChannelValue {
        let http: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        let connection: Connection
        var channel: any Channel { http.channel }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let isWelcome = sources.enter(channel)
        return channel.eventLoop.makeCompletedFuture {
            let tunnel = TunnelHandler(holds: false)
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificates.current))
            try channel.pipeline.syncOperations.addHandler(tunnel)
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            return Connection(
                channel: channel,
                tunnel: TunnelReference(tunnel, eventLoop: channel.eventLoop)
            )
        }.flatMap { connection in
            self.channel(for: connection).setup(channel: channel, logger: logger).map {
                // Set up all the same: what takes connections would end with an error.
                if !isWelcome { channel.close(mode: .all, promise: nil) }
                return Value(http: $0, connection: connection)
            }
        }
    }

    func handle(value: Value, logger: Logger) async {
        await channel(for: value.connection).handle(value: value.http, logger: logger)
    }

    private func channel(for connection: Connection) -> HTTP1Channel {
        let endpoint = endpoint
        let limits = limits
        return HTTP1Channel(
            responder: { request, writer, _ in try await endpoint.respond(request, writer, connection) },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionHandler(connection, limits: limits)],
                idleTimeout: limits.idleTimeout,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerByteCount,
                    maxHeaderListSize: limits.headerByteCount,
                    maxHeaderFieldCount: limits.headerCount
                )
            )
        )
    }
}
