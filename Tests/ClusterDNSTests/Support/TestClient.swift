import NIOCore
import NIOPosix
import Testing

@testable import ClusterDNS

/// A client of a server under test.
enum TestClient {
    struct NoAnswer: Error {}

    /// Asks over UDP, and waits for the answer.
    static func ask(
        _ name: String,
        _ type: RecordType = .a,
        id: UInt16 = 4_711,
        extensions: DNSMessage.Extensions? = nil,
        at server: ServerEndpoint
    ) async throws -> DNSMessage {
        let question = DNSMessage.question(try #require(DNSName(name)), type, id: id, extensions: extensions)
        return try await ask(question.encoded(), at: server)
    }

    /// Sends bytes over UDP, and waits for a message.
    static func ask(_ bytes: [UInt8], at server: ServerEndpoint) async throws -> DNSMessage {
        let bootstrap = DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let address = try server.socketAddress()
        let channel = try await bootstrap.connect(to: address) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            for try await envelope in inbound {
                return try DNSMessage(Array(envelope.data.readableBytesView))
            }
            throw NoAnswer()
        }
    }

    /// Sends messages over one TCP connection, all at once, and waits for as many answers.
    static func ask(_ messages: [[UInt8]], expecting count: Int? = nil, overTCP server: ServerEndpoint) async throws
        -> [DNSMessage]
    {
        try await connect(server) { inbound, outbound in
            var buffer = ByteBuffer()
            for message in messages {
                buffer.writeInteger(UInt16(message.count))
                buffer.writeBytes(message)
            }
            try await outbound.write(buffer)
            var answers: [DNSMessage] = []
            for try await message in inbound {
                answers.append(try DNSMessage(Array(message.readableBytesView)))
                if answers.count == count ?? messages.count { break }
            }
            return answers
        }
    }

    /// Runs a body on a TCP connection.
    static func connect<Value>(
        _ server: ServerEndpoint,
        _ body: (
            NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) async throws -> Value
    ) async throws -> Value {
        let address = try server.socketAddress()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LengthPrefixDecoder()))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in try await body(inbound, outbound) }
    }
}
