import Glibc

/// What the kernel said to a batch of requests sent as one datagram.
public struct BatchReply: Sendable, Equatable {
    /// Successes of the messages that asked for an acknowledgement, in order.
    public var acknowledged: [Acknowledgement] = []
    /// Failures, in the order of the messages; a message may fail without having asked for an acknowledgement.
    public var failures: [Acknowledgement] = []
    /// Whether more replies came than the receive buffer holds, so that some were lost.
    public var isIncomplete = false

    /// A reply with nothing in it.
    public init() {}
}

extension NetlinkSocket {
    /// Sends many messages as one datagram and collects what the kernel says to them.
    ///
    /// The kernel works through the whole datagram before `send` returns, so every reply is queued by then; they are
    /// read until none is left. A batch that is refused as a whole answers with one failure, at the sequence number
    /// of its first message. Where nothing is queued although an acknowledgement is expected, it waits for it.
    ///
    /// - Parameters:
    ///   - operation: What the batch does, for the error: `commit 300 changes to table inet trama`.
    ///   - bytes: Whole messages, numbered by the caller.
    ///   - sequences: Those numbers, from ``nextSequences(count:)``; replies to others are old and dropped.
    ///   - expectsReply: Whether at least one message asks for an acknowledgement.
    ///   - echo: Called with the messages that `.echo` asked for.
    /// - Throws: Only where the exchange itself fails; what the kernel refused is in the result.
    public mutating func exchange(
        _ operation: @autoclosure () -> String,
        _ bytes: UnsafeRawBufferPointer,
        sequences: ClosedRange<UInt32>,
        expectsReply: Bool = true,
        echo: (MessageHeader, RawSpan) throws(MessageError) -> Void = { _, _ in }
    ) throws(NetlinkError) -> BatchReply {
        var reply = BatchReply()
        do throws(NetlinkError) {
            unsafe try send(bytes)
            while true {
                let isEmpty = reply.acknowledged.isEmpty && reply.failures.isEmpty && !reply.isIncomplete
                let timeout = isEmpty && expectsReply ? Self.replyTimeout : .zero
                guard try waitUntilReadable(timeout: timeout) else {
                    guard isEmpty, expectsReply else { return reply }
                    throw NetlinkError(operation: "wait for an acknowledgement", errno: ETIMEDOUT)
                }
                do throws(NetlinkError) {
                    try receiveMessages(timeout: nil) { header, body throws(MessageError) in
                        guard sequences.contains(header.sequence), header.portID == portID else { return }
                        switch header.type {
                        case MessageHeader.error:
                            let verdict = try Acknowledgement(header: header, body: body)
                            if verdict.errno == 0 {
                                reply.acknowledged.append(verdict)
                            } else {
                                reply.failures.append(verdict)
                            }
                        case MessageHeader.noop, MessageHeader.done:
                            break
                        default:
                            try echo(header, body)
                        }
                    }
                } catch {
                    guard error.errno == ENOBUFS else { throw error }
                    reply.isIncomplete = true
                }
            }
        } catch {
            throw error.during("\(operation()): \(error.operation)")
        }
    }
}
