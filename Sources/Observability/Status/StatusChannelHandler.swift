import NIOCore
import NIOHTTP1

extension ChannelPipeline.SynchronousOperations {
    /// Adds what turns the bytes of a connection into calls of `handler`.
    func addStatusHandlers(limits: StatusServer.Limits, responder: StatusResponder) throws {
        let requestBytes = RequestBytesHandler(limit: limits.requestBytes)
        try addHandler(requestBytes)
        try configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
        try addHandler(StatusChannelHandler(limits: limits, requestBytes: requestBytes, responder: responder))
    }
}

/// Closes connections that send more than a request may have.
///
/// Stands before the HTTP decoder, so that an endless header line is cut off before it is collected.
final class RequestBytesHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private var received = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// A request has ended: the next may have as many bytes again.
    func reset() {
        received = 0
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytes
        guard received <= limit else {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}

/// Answers the requests of one connection, each from its responder, and closes it when its client is too slow.
final class StatusChannelHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: StatusServer.Limits
    private let requestBytes: RequestBytesHandler
    private let responder: StatusResponder
    private var head: HTTPRequestHead?
    private var deadline: Scheduled<Void>?

    init(limits: StatusServer.Limits, requestBytes: RequestBytesHandler, responder: StatusResponder) {
        self.limits = limits
        self.requestBytes = requestBytes
        self.responder = responder
    }

    func handlerAdded(context: ChannelHandlerContext) {
        closeUnlessDone(within: limits.firstRequestTimeout, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
        case .body:
            break
        case .end:
            guard let head else { return }
            self.head = nil
            requestBytes.reset()
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let request = StatusRequest(
            method: head.method.rawValue,
            target: head.uri,
            host: head.headers.first(name: "Host")
        )
        let handler: @Sendable (StatusRequest) async -> StatusResponse
        switch responder {
        case .immediate(let handler): return send(handler(request), to: head, context)
        case .deferred(let deferred): handler = deferred
        }
        let promise = context.eventLoop.makePromise(of: StatusResponse.self)
        promise.completeWithTask { await handler(request) }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { response in
            let (handler, context) = bound.value
            guard context.channel.isActive else { return }
            handler.send(response, to: head, context)
        }
    }

    private func send(_ response: StatusResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let keepsAlive = head.isKeepAlive
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        headers.add(name: "Date", value: WallTime.now().httpDate)
        headers.add(name: "Content-Length", value: String(response.body.utf8.count))
        if !keepsAlive { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: response.status)
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: response.body)))), promise: nil)
        }
        closeUnlessDone(within: limits.responseTimeout, context)
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { result in
            let (handler, context) = bound.value
            guard case .success = result, keepsAlive else {
                context.close(promise: nil)
                return
            }
            handler.closeUnlessDone(within: handler.limits.requestTimeout, context)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    /// Replaces the deadline at which the connection is closed.
    private func closeUnlessDone(within timeout: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
    }
}
