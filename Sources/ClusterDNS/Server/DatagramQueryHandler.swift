import NIOCore

/// Answers what comes to a UDP socket.
final class DatagramQueryHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let desk: QueryDesk

    init(_ desk: QueryDesk) {
        self.desk = desk
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let client = envelope.remoteAddress
        let bytes = Array(envelope.data.readableBytesView)
        switch desk.decide(bytes, from: DNSClient(isStream: false, client)) {
        case .nothing: break
        case .answer(let bytes):
            let answer = AddressedEnvelope(remoteAddress: client, data: context.channel.allocator.buffer(bytes: bytes))
            context.write(wrapOutboundOut(answer), promise: nil)
        case .ask(let key, let pending):
            let channel = context.channel
            desk.forwarder?.ask(key) { [desk] answer in
                let bytes = desk.finish(pending, with: answer)
                let envelope = AddressedEnvelope(remoteAddress: client, data: channel.allocator.buffer(bytes: bytes))
                channel.writeAndFlush(envelope, promise: nil)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    /// Such as ECONNREFUSED for an answer that nobody waited for: the socket goes on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
