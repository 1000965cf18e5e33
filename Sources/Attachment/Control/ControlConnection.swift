import Glibc

/// One client's connection: reads a request, then writes that it has it, then the answer.
final class ControlConnection {
    private enum State {
        /// Reads the request.
        case reading([UInt8])
        /// Somebody works on the answer.
        case waiting
        /// Writes the answer.
        case answering
        case over
    }

    /// How long a client may take to send its request, in milliseconds.
    static let requestTime: Int64 = 5_000
    /// How long a client may take to read what is written to it, in milliseconds.
    static let responseTime: Int64 = 20_000
    /// What a client reads when its request has been taken.
    static let acceptance = Array("{\"accepted\":true}\n".utf8)

    private let socket: FileDescriptor
    private var state = State.reading([])
    /// What is still to be written, from `written` on.
    private var output: [UInt8] = []
    private var written = 0
    /// When the client has been too slow, by ``Machine/monotonicMilliseconds()``; nil where it need not hurry.
    private(set) var deadline: Int64?

    init(_ socket: consuming FileDescriptor) {
        self.socket = socket
        deadline = Machine.monotonicMilliseconds() + Self.requestTime
    }

    var descriptor: Int32 { socket.number }

    /// What to wait for.
    var events: Int16 {
        let isReading = if case .reading = state { true } else { false }
        return Int16((isReading ? POLLIN : 0) | (output.isEmpty ? 0 : POLLOUT))
    }

    /// Whether it is to be closed.
    func isOver(now: Int64) -> Bool {
        if case .over = state { return true }
        return deadline.map { now >= $0 } ?? false
    }

    /// Does what can be done now.
    ///
    /// - Returns: The request, when it is complete.
    func advance(_ events: Int16) -> ControlRequest? {
        var request: ControlRequest?
        if case .reading(var bytes) = state {
            request = read(&bytes)
        } else if Int32(events) & (POLLHUP | POLLERR) != 0 {
            // The client does not wait for the answer any more.
            state = .over
        }
        write()
        return request
    }

    private func read(_ bytes: inout [UInt8]) -> ControlRequest? {
        let searched = bytes.count
        switch UnixSocket.receive(socket.number, into: &bytes) {
        case .wouldBlock: return nil
        case .closed:
            state = .over
            return nil
        case .bytes: break
        }
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            if bytes.count > ControlRequest.sizeLimit {
                refuse(AttachmentError(.undecodable, "a request is longer than \(ControlRequest.sizeLimit) bytes"))
            } else {
                state = .reading(bytes)
            }
            return nil
        }
        do {
            let request = try ControlRequest(json: Array(bytes[..<end]))
            state = .waiting
            deadline = nil
            send(Self.acceptance)
            return request
        } catch {
            refuse(AttachmentError(.undecodable, "the request is not understood", details: "\(error)"))
            return nil
        }
    }

    /// Answers without a request having been taken.
    func refuse(_ error: AttachmentError) {
        send(Self.acceptance)
        state = .waiting
        answer(.failed(error))
    }

    /// Answers, and closes when that is written.
    func answer(_ response: ControlResponse) {
        guard case .waiting = state else { return }
        state = .answering
        send(response.json() + [UInt8(ascii: "\n")])
    }

    private func send(_ bytes: [UInt8]) {
        output += bytes
        deadline = Machine.monotonicMilliseconds() + Self.responseTime
        write()
    }

    private func write() {
        while written < output.count {
            switch UnixSocket.send(socket.number, output, from: written) {
            case .bytes(let count): written += count
            case .wouldBlock: return
            case .closed:
                state = .over
                return
            }
        }
        output = []
        written = 0
        switch state {
        case .answering: state = .over
        case .waiting: deadline = nil
        case .reading, .over: break
        }
    }
}
