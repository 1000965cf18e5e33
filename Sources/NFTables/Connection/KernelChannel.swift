internal import CNetfilter
internal import Glibc
internal import Netlink

/// One socket to the kernel's nftables: sends requests and waits for their answers.
///
/// Blocks its thread. Answers are told apart by sequence number, so what is left over from a request that failed is
/// skipped.
struct KernelChannel: ~Copyable {
    private var socket: NetlinkSocket
    private var sequence: UInt32 = 1
    private let buffer = ReceiveBuffer()

    /// The kernel answers while it is asked, so past this time it never will.
    private static let answerTimeout = Duration.seconds(60)

    /// Takes over a socket of netfilter.
    init(_ socket: consuming NetlinkSocket) {
        self.socket = socket
    }

    /// The socket's address, by which notifications name who caused them.
    var portID: UInt32 { socket.portID }

    /// Reserves that many sequence numbers, and returns the first.
    mutating func takeSequence(_ count: Int = 1) -> UInt32 {
        defer { sequence &+= UInt32(truncatingIfNeeded: count) }
        return sequence
    }

    /// Sends messages.
    func send(_ buffer: borrowing MessageBuffer) throws(NetlinkError) {
        try unsafe buffer.withBytes { (bytes) throws(NetlinkError) in try unsafe socket.send(bytes) }
    }

    /// Receives datagrams until `body`, called with each message, has returned that the answer is complete.
    func receive(until body: (ReceivedMessage) -> Bool) throws(NetlinkError) {
        var isComplete = false
        while !isComplete {
            let count = try unsafe socket.receive(into: buffer.memory, timeout: Self.answerTimeout)
            unsafe ReceivedMessage.forEach(in: buffer.received(count)) { message in
                if body(message) { isComplete = true }
            }
        }
    }

    /// Asks for one object, and returns what `body` makes of the message with it.
    mutating func get<Result>(
        _ message: MessageType,
        family: TableFamily?,
        _ body: (ReceivedMessage) -> Result?
    ) throws(NetlinkError) -> Result? {
        let sequence = takeSequence()
        var request = MessageBuffer(capacity: 256)
        let header = MessageHeader(message, flags: UInt16(NLM_F_ACK), sequence: sequence, family: family)
        request.append(header, reserving: 0) { _ in }
        try send(request)
        var result: Result?
        var answer: ReceivedMessage.Answer?
        try receive { message in
            guard message.sequence == sequence else { return false }
            answer = message.answer
            if answer == nil { result = body(message) }
            return answer != nil
        }
        if let answer, answer.errno != 0 { throw NetlinkError(message, answer) }
        return result
    }

    /// Asks for all objects of a kind, and calls `body` with the message of each.
    ///
    /// - Parameters:
    ///   - attributes: Bytes that `attributes` writes are at most 1 KiB: names of a table and of a set.
    /// - Returns: False if something changed meanwhile, so that they are not all of one generation.
    mutating func dump(
        _ message: MessageType,
        family: TableFamily?,
        attributes: (inout AttributeWriter) -> Void = { _ in },
        _ body: (ReceivedMessage) -> Void
    ) throws(NetlinkError) -> Bool {
        let sequence = takeSequence()
        var request = MessageBuffer(capacity: 2048)
        let header = MessageHeader(message, flags: UInt16(NLM_F_DUMP), sequence: sequence, family: family)
        request.append(header, reserving: 1024, attributes)
        try send(request)
        var isConsistent = true
        var answer: ReceivedMessage.Answer?
        try receive { message in
            guard message.sequence == sequence else { return false }
            if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { isConsistent = false }
            answer = message.answer
            if answer == nil { body(message) }
            return answer != nil
        }
        switch answer?.errno {
        case .some(0), nil: return isConsistent
        case .some(EINTR): return false
        case .some: throw NetlinkError(message, answer ?? .init(errno: EIO))
        }
    }

    /// The present generation.
    mutating func generation() throws(NetlinkError) -> UInt32 {
        let generation = try get(.getGeneration, family: nil) { message in
            message.attributes.first(GenerationAttribute.identifier)?.uint32
        }
        guard let generation else {
            throw NetlinkError(operation: "read the generation", errno: EPROTO, message: nil, offset: nil)
        }
        return generation
    }
}

extension NetlinkError {
    /// A request that was refused.
    init(_ request: MessageType, _ answer: ReceivedMessage.Answer) {
        self.init(
            operation: "nftables request \(request.rawValue)",
            errno: answer.errno,
            message: answer.message,
            offset: answer.offset.map(UInt32.init)
        )
    }
}
