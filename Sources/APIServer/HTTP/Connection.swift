import APIAccess
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOSSL
import Synchronization

/// What is known of one connection, beside its bytes.
final class Connection: Sendable {
    /// The connection.
    let channel: any Channel
    /// Where its bytes can be led past HTTP.
    let tunnel: TunnelReference
    /// Belongs to the event loop.
    private let session: NIOLoopBoundBox<Session>
    /// Who the client's certificate names; nil before somebody asked.
    private let certified = Mutex<Certified?>(nil)

    private struct Session {
        var isGone = false
        var watch: WatchSession?
        var whenGone: (@Sendable () -> Void)?
        var isPatient = false
    }

    /// Who a certificate names.
    enum Certified: Sendable {
        /// The client showed none.
        case none
        /// It names somebody whom the server knows.
        case identity(RequestIdentity)
        /// It names nobody.
        case unknown
    }

    /// On the event loop.
    init(channel: any Channel, tunnel: TunnelReference) {
        self.channel = channel
        self.tunnel = tunnel
        session = .makeBoxSendingValue(Session(), eventLoop: channel.eventLoop)
    }

    /// Who the client's certificate names; the authority was checked in the handshake.
    func certified(by authenticator: any Authenticator) async -> Certified {
        if let known = certified.withLock({ $0 }) { return known }
        let result: Certified
        let certificate = try? await channel.nioSSL_peerCertificate().get()
        if let certificate, let bytes = try? certificate.toDERBytes() {
            result = await authenticator.identity(certificate: bytes).map { .identity($0) } ?? .unknown
        } else {
            result = .none
        }
        certified.withLock { $0 = result }
        return result
    }

    /// Events of the connection go to this watch; nil: to none.
    func attach(_ watch: WatchSession?) {
        channel.eventLoop.execute {
            self.session.value.watch = watch
            if self.session.value.isGone { watch?.end(.clientGone) }
        }
    }

    /// From now on a client may take as long as it likes to take what it is sent, as one that shows a log page by page
    /// does; and this is done when it is gone. Nil: no longer.
    func follow(_ whenGone: (@Sendable () -> Void)?) {
        channel.eventLoop.execute {
            self.session.value.whenGone = whenGone
            self.session.value.isPatient = whenGone != nil
            if self.session.value.isGone { whenGone?() }
        }
    }

    // MARK: On the event loop

    /// Whether a client may take as long as it likes.
    var isPatient: Bool { session.value.isPatient }

    /// The connection takes more, or no more.
    func writabilityChanged() {
        session.value.watch?.flush()
    }

    /// The client is gone.
    func gone() {
        session.value.isGone = true
        session.value.watch?.end(.clientGone)
        session.value.whenGone?()
    }
}

/// Watches over one connection: tells its ``Connection`` what happens to it, and closes it where the client is too slow.
final class ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let connection: Connection
    private let limits: ConnectionLimits
    private var bodyDeadline: Scheduled<Void>?
    private var writeDeadline: Scheduled<Void>?

    init(_ connection: Connection, limits: ConnectionLimits) {
        self.connection = connection
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            bodyDeadline?.cancel()
            bodyDeadline = close(context.channel, in: limits.bodyTimeout)
        case .body: break
        case .end:
            bodyDeadline?.cancel()
            bodyDeadline = nil
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeDeadline?.cancel()
        writeDeadline =
            context.channel.isWritable || connection.isPatient
            ? nil : close(context.channel, in: limits.writeTimeout)
        connection.writabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that has said its last word is taken for gone, as Go's server does.
        if event as? ChannelEvent == .inputClosed { connection.gone() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        bodyDeadline?.cancel()
        writeDeadline?.cancel()
        connection.gone()
        context.fireChannelInactive()
    }

    private func close(_ channel: any Channel, in delay: TimeAmount) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: delay) { channel.close(mode: .all, promise: nil) }
    }
}

/// How slow a client may be.
struct ConnectionLimits: Sendable {
    /// A connection without requests is closed after that time; a head must be complete by then.
    var idleTimeout: TimeAmount = .seconds(120)
    /// A request's body must be complete by then.
    var bodyTimeout: TimeAmount = .seconds(60)
    /// A client that takes nothing of an answer for so long is cut off.
    var writeTimeout: TimeAmount = .seconds(60)
    /// All headers of a request together have at most so many bytes.
    var headerByteCount = 64 << 10
    /// A request has at most so many headers.
    var headerCount = 200
}
