import Glibc

/// Requests and their replies.
extension NetlinkSocket {
    /// Sends one request and waits for the kernel to acknowledge it.
    ///
    /// - Parameters:
    ///   - operation: What the request does, for the error: `add link v0`.
    ///   - message: One message; the sequence number and `.acknowledge` are put here.
    ///   - reply: Called with each message that answers it before the acknowledgement: the object of a `get`, or the
    ///     one that `.echo` asks for.
    public mutating func request(
        _ operation: @autoclosure () -> String,
        _ message: consuming MessageWriter,
        reply: (MessageHeader, RawSpan) throws(MessageError) -> Void = { _, _ in }
    ) throws(NetlinkError) {
        let sequence = nextSequence()
        message.stampFirst(sequence: sequence, adding: .acknowledge)
        var verdict: Acknowledgement?
        var decodeError: MessageError?
        do throws(NetlinkError) {
            try unsafe message.withUnsafeBytes { bytes throws(NetlinkError) in unsafe try send(bytes) }
            while verdict == nil {
                try receiveMessages { header, body throws(MessageError) in
                    guard header.sequence == sequence, header.portID == portID else { return }
                    if header.type == MessageHeader.error {
                        verdict = try Acknowledgement(header: header, body: body)
                    } else if header.type != MessageHeader.noop, decodeError == nil {
                        do throws(MessageError) { try reply(header, body) } catch { decodeError = error }
                    }
                }
            }
        } catch {
            throw error.during("\(operation()): \(error.operation)")
        }
        if let failure = verdict?.failure(of: operation()) { throw failure }
        if let decodeError { throw decodeError.during(operation()) }
    }

    /// Dumps objects and hands each to `each` as it comes, in bounded memory.
    ///
    /// - Parameters:
    ///   - operation: What is dumped, for the error: `list links`.
    ///   - message: One `get` message; the sequence number and `.dump` are put here.
    ///   - each: Called with every object. After it throws, the rest is read and dropped.
    /// - Returns: Whether the pass was consistent: false where the table changed meanwhile (`NLM_F_DUMP_INTR`), and
    ///   objects may be missing or come twice.
    public mutating func dumpOnce(
        _ operation: @autoclosure () -> String,
        _ message: borrowing MessageWriter,
        each: (MessageHeader, RawSpan) throws(MessageError) -> Void
    ) throws(NetlinkError) -> Bool {
        let sequence = nextSequence()
        var request = MessageWriter(capacity: message.byteCount)
        unsafe message.withUnsafeBytes { unsafe request.append($0) }
        request.stampFirst(sequence: sequence, adding: .dump)

        var isConsistent = true
        var verdict: Acknowledgement?
        var decodeError: MessageError?
        do throws(NetlinkError) {
            try unsafe request.withUnsafeBytes { bytes throws(NetlinkError) in unsafe try send(bytes) }
            while verdict == nil {
                try receiveMessages { header, body throws(MessageError) in
                    guard header.sequence == sequence, header.portID == portID else { return }
                    if header.flags.contains(.dumpInterrupted) { isConsistent = false }
                    switch header.type {
                    case MessageHeader.done, MessageHeader.error:
                        verdict = try Acknowledgement(header: header, body: body)
                    case MessageHeader.noop:
                        break
                    default:
                        // The rest must be read even so: the kernel runs one dump per socket at a time.
                        guard decodeError == nil else { break }
                        do throws(MessageError) { try each(header, body) } catch { decodeError = error }
                    }
                }
            }
        } catch {
            throw error.during("\(operation()): \(error.operation)")
        }
        if let failure = verdict?.failure(of: operation()) { throw failure }
        if let decodeError { throw decodeError.during(operation()) }
        return isConsistent
    }

    /// Dumps objects and returns those of one consistent pass.
    ///
    /// A pass that the kernel says a change ran through (`NLM_F_DUMP_INTR`, `EINTR`) is thrown away and repeated.
    ///
    /// - Parameters:
    ///   - operation: What is dumped, for the error: `list links`.
    ///   - message: One `get` message.
    ///   - decode: Makes the value of one object; nil leaves it out.
    public mutating func dump<Value>(
        _ operation: @autoclosure () -> String,
        _ message: borrowing MessageWriter,
        decode: (MessageHeader, RawSpan) throws(MessageError) -> Value?
    ) throws(NetlinkError) -> [Value] {
        for _ in 0..<Self.dumpAttempts {
            var values: [Value] = []
            do throws(NetlinkError) {
                let isConsistent = try dumpOnce(operation(), message) { header, body throws(MessageError) in
                    if let value = try decode(header, body) { values.append(value) }
                }
                if isConsistent { return values }
            } catch {
                guard error.errno == EINTR else { throw error }
            }
        }
        throw NetlinkError(
            operation: operation(),
            errno: EBUSY,
            message: "the table changed during each of \(Self.dumpAttempts) dumps"
        )
    }

    /// How often a dump is repeated; even a table under constant change gives a consistent pass before this.
    private static var dumpAttempts: Int { 100 }

    /// Receives one datagram and calls `each` with its messages.
    borrowing func receiveMessages(
        timeout: Duration? = replyTimeout,
        _ each: (MessageHeader, RawSpan) throws(MessageError) -> Void
    ) throws(NetlinkError) {
        let count = try unsafe receive(into: buffer, timeout: timeout)
        // In bounds: the kernel wrote the first `count` bytes, and nothing else writes the buffer during `each`.
        let datagram = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        var reader = MessageReader()
        do throws(MessageError) {
            while let header = try reader.next(in: datagram) {
                try each(header, datagram.extracting(header.body))
            }
        } catch {
            throw error.during("read netlink messages")
        }
    }
}
