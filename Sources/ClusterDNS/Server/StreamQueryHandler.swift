import NIOCore

/// Answers what comes over a TCP connection; answers may come in another order than questions (RFC 7766, 7).
final class StreamQueryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Questions of a connection that may wait for others, before no more are read.
    private static let pendingLimit = 64

    private let desk: QueryDesk
    private var pendingCount = 0
    private var isPaused = false

    init(_ desk: QueryDesk) {
        self.desk = desk
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = Array(unwrapInboundIn(data).readableBytesView)
        let isIPv6 = context.remoteAddress?.protocol == .inet6
        switch desk.decide(message, from: DNSClient(isStream: true, isIPv6: isIPv6)) {
        // Who sends what is no question is not talked to.
        case .nothing: context.close(promise: nil)
        case .answer(let bytes): context.write(wrapOutboundOut(Self.frame(bytes)), promise: nil)
        case .ask(let key, let pending):
            pendingCount += 1
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            desk.forwarder?.ask(key) { [desk] answer in
                let bytes = desk.finish(pending, with: answer)
                loop.execute {
                    let (handler, context) = bound.value
                    handler.finish(bytes, context)
                }
            }
        }
        pauseOrResume(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    /// A client that does not read its answers is not asked for more questions.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pauseOrResume(context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent, pendingCount == 0 {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func finish(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        pendingCount -= 1
        guard context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(Self.frame(bytes)), promise: nil)
        pauseOrResume(context)
    }

    private func pauseOrResume(_ context: ChannelHandlerContext) {
        let mustPause = pendingCount >= Self.pendingLimit || !context.channel.isWritable
        guard mustPause != isPaused else { return }
        isPaused = mustPause
        let channel = context.channel
        channel.setOption(.autoRead, value: !mustPause).whenFailure { _ in channel.close(promise: nil) }
    }

    private static func frame(_ bytes: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.count + 2)
        buffer.writeInteger(UInt16(clamping: bytes.count))
        buffer.writeBytes(bytes)
        return buffer
    }
}
