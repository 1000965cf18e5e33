import NIOCore

/// Stands between TLS and HTTP of a connection. Bytes pass through it, or are held, until it is joined with another's:
/// from then on each connection's bytes go to the other, as fast as that takes them, and HTTP sees nothing more.
///
/// All of it belongs to the event loop, which both connections share.
final class TunnelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether bytes that come before it was joined are for the other connection.
    private let holds: Bool
    private var held: [ByteBuffer] = []
    /// Cuts what is handed on to the other connection.
    private var cutter = FrameCutter()
    private var context: ChannelHandlerContext?
    private var partner: TunnelHandler?
    /// Whether it was joined, also when that has ended.
    private var isJoined = false
    /// Whether more may be read as soon as the partner takes it.
    private var wantsRead = false
    private var hasEnded = false
    /// The last that was written.
    private var lastWrite: EventLoopFuture<Void>?
    private var ended: EventLoopPromise<Void>?

    /// A connection that does not take the last bytes is given so long.
    private static let lingering = TimeAmount.seconds(30)

    /// - Parameter holds: Whether bytes that come before it is joined are kept for the other connection; otherwise they are
    ///   HTTP's. While it holds, nothing more is read than what comes at once.
    init(holds: Bool) {
        self.holds = holds
    }

    /// Joins two connections.
    ///
    /// - Parameters:
    ///   - partner: The other one's.
    ///   - greeting: What this connection's peer is told before anything else.
    /// - Returns: Done when both have ended.
    func join(_ partner: TunnelHandler, greeting: ByteBuffer) -> EventLoopFuture<Void>? {
        // The other connection may have ended by now: what it brought is handed on, and then its end.
        guard let context, !isJoined, !partner.isJoined else { return nil }
        let promises = [context.eventLoop.makePromise(of: Void.self), context.eventLoop.makePromise(of: Void.self)]
        for (handler, (peer, promise)) in zip([self, partner], zip([partner, self], promises)) {
            handler.isJoined = true
            handler.partner = peer
            handler.ended = promise
            handler.readsWhenAsked()
        }
        take(greeting)
        for bytes in partner.held { partner.handOn(bytes) }
        partner.held = []
        context.flush()
        pull()
        partner.pull()
        // One of them may have ended before.
        if !context.channel.isActive { end() }
        if partner.context?.channel.isActive != true { partner.end() }
        return EventLoopFuture.andAllComplete(promises.map(\.futureResult), on: context.eventLoop)
    }

    // MARK: Between the two

    /// Leaves it to ``pull()`` when the connection reads, and says so: TLS reads on by itself where what came is only a
    /// part of a record, or nothing for us, but not where the connection is said to read without being asked.
    private func readsWhenAsked() {
        // A channel without this option, or one that is closed, reads nothing by itself.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    /// Reads more where the partner takes it, or as soon as it does.
    private func pull() {
        guard let context, let partner, !hasEnded else { return }
        guard partner.context?.channel.isWritable == true else {
            wantsRead = true
            return
        }
        wantsRead = false
        context.read()
    }

    /// Hands on what was read.
    private func handOn(_ bytes: ByteBuffer) {
        for piece in cutter.cut(bytes) { partner?.take(piece) }
    }

    /// Writes what the partner has read.
    private func take(_ bytes: ByteBuffer) {
        guard let context, !hasEnded else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        lastWrite = promise.futureResult
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    /// The partner reads no more: closes this one when it has taken what was written.
    private func finish() {
        guard let context, !hasEnded else { return }
        context.flush()
        let channel = context.channel
        let deadline = context.eventLoop.scheduleTask(in: Self.lingering) { channel.close(mode: .all, promise: nil) }
        (lastWrite ?? context.eventLoop.makeSucceededVoidFuture()).whenComplete { _ in
            deadline.cancel()
            channel.close(mode: .all, promise: nil)
        }
    }

    /// This one reads no more.
    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        partner?.finish()
        partner = nil
        ended?.succeed(())
        ended = nil
    }

    // MARK: Events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isJoined { end() }
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isJoined {
            handOn(unwrapInboundIn(data))
        } else if holds {
            held.append(unwrapInboundIn(data))
        } else {
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard isJoined else { return context.fireChannelReadComplete() }
        partner?.context?.flush()
        pull()
    }

    func read(context: ChannelHandlerContext) {
        // What HTTP wants to read no longer comes.
        if !isJoined, !holds { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard isJoined else { return context.fireChannelWritabilityChanged() }
        if context.channel.isWritable, let partner, partner.wantsRead { partner.pull() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isJoined, event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isJoined { context.close(promise: nil) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isJoined { end() }
        context.fireChannelInactive()
    }
}

/// Refers to a ``TunnelHandler`` from anywhere.
struct TunnelReference: Sendable {
    private let handler: NIOLoopBound<TunnelHandler>
    /// The event loop that it belongs to.
    let eventLoop: any EventLoop

    /// On the event loop.
    init(_ handler: TunnelHandler, eventLoop: any EventLoop) {
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    /// Joins two connections of one event loop, and waits until both have ended.
    ///
    /// - Returns: False where one of them cannot be joined.
    func join(_ partner: TunnelReference, greeting: ByteBuffer) async throws -> Bool {
        try await eventLoop.flatSubmit {
            guard let ended = self.handler.value.join(partner.handler.value, greeting: greeting) else {
                return self.eventLoop.makeSucceededFuture(false)
            }
            return ended.map { true }
        }.get()
    }
}
