import NIOCore
import NIOTLS
import OverlayCore

/// Tells the transport what happens on one connection, after TLS and framing.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let id: ConnectionID
    private let transport: MeshTransport

    init(id: ConnectionID, transport: MeshTransport) {
        self.id = id
        self.transport = transport
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let applicationProtocol)? = event as? TLSUserEvent {
            transport.assumeIsolated { [id] in $0.didOpen(id, with: applicationProtocol) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        transport.assumeIsolated { [id] in $0.didReceive(id, frame) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        transport.assumeIsolated { [id] in $0.writability(id, isWritable) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        transport.assumeIsolated { [id] in $0.didFail(id, error) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        transport.assumeIsolated { [id] in $0.didEnd(id) }
    }
}

/// Accepts connections no faster than the transport allows; the others wait in the kernel.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    private let transport: MeshTransport
    private var isWaiting = false

    init(transport: MeshTransport) {
        self.transport = transport
    }

    func read(context: ChannelHandlerContext) {
        guard !isWaiting else { return }
        guard let pause = transport.assumeIsolated({ $0.pauseBeforeAccept() }) else { return context.read() }
        isWaiting = true
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(pause)) {
            let (handler, context) = bound.value
            handler.isWaiting = false
            guard context.channel.isActive else { return }
            handler.read(context: context)
        }
    }
}
