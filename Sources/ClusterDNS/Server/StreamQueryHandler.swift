import NIOCore

/// Answers what comes over a TCP connection; answers may come in another order than questions (RFC 7766, 7).
final class StreamQueryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Questions of a connection that may wait for others, before no more are read.
    private static let pendingLimit = 64

    private let desk: QueryDesk
    private let idleTime: TimeAmount
    private var pendingCount = 0
    private var isPaused = false
    /// When the last whole question came, or was answered after a wait. Bytes do not count, in either direction: a
    /// client that sends or takes one at a time would keep its place for ever.
    private var lastMessage = NIODeadline.now()
    private var timer: Scheduled<Void>?

    /// - Parameter idleTime: How long the connection may go without a whole question, and without one that waits.
    init(_ desk: QueryDesk, idleTime: TimeAmount) {
        self.desk = desk
        self.idleTime = idleTime
    }

    func handlerAdded(context: ChannelHandlerContext) {
        watch(context, for: idleTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = Array(unwrapInboundIn(data).readableBytesView)
        lastMessage = .now()
        switch desk.decide(message, from: DNSClient(isStream: true, context.remoteAddress)) {
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func finish(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        pendingCount -= 1
        lastMessage = .now()
        guard context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(Self.frame(bytes)), promise: nil)
        pauseOrResume(context)
    }

    private func watch(_ context: ChannelHandlerContext, for time: TimeAmount) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: time) {
            let (handler, context) = bound.value
            handler.closeIfIdle(context)
        }
    }

    private func closeIfIdle(_ context: ChannelHandlerContext) {
        let left = lastMessage + idleTime - .now()
        if pendingCount > 0 {
            watch(context, for: idleTime)
        } else if left > .zero {
            watch(context, for: left)
        } else {
            context.close(promise: nil)
        }
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
