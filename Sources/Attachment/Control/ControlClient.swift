import Glibc

/// Asks the daemon over its unix socket; blocks, for programs that do nothing else.
///
/// A request is one line of JSON. The daemon says at once that it has it, with a line of its own, and answers with
/// another line when it is done: so one that hangs is not mistaken for one that works.
public struct ControlClient: Sendable {
    /// Where the daemon listens unless told otherwise.
    public static let defaultPath = UnixSocket.defaultPath

    /// The socket's path.
    public let path: String
    /// How long the daemon has to take the request.
    public let acceptTimeout: Duration

    /// A client of the daemon at a path.
    public init(path: String = defaultPath, acceptTimeout: Duration = .milliseconds(1500)) {
        self.path = path
        self.acceptTimeout = acceptTimeout
    }

    /// Sends a request, and waits for the answer.
    ///
    /// - Parameters:
    ///   - request: What is wanted.
    ///   - timeout: How long it may take.
    /// - Returns: The answer; a ``ControlResponse/failed(_:)`` is thrown instead.
    /// - Throws: `.tryAgainLater` where the daemon does not run or does not answer; the daemon's own error otherwise.
    public func ask(
        _ request: ControlRequest,
        timeout: Duration = .seconds(60)
    ) throws(AttachmentError) -> ControlResponse {
        let start = Machine.monotonicMilliseconds()
        let acceptDeadline = start + acceptTimeout.milliseconds
        let socket = try connect(until: acceptDeadline)
        try send(request.json() + [UInt8(ascii: "\n")], to: socket, until: acceptDeadline)
        var received: [UInt8] = []
        _ = try readLine(from: socket, &received, until: acceptDeadline)
        let line = try readLine(from: socket, &received, until: start + timeout.milliseconds)
        let response: ControlResponse
        do {
            response = try ControlResponse(json: line)
        } catch {
            throw AttachmentError(
                .undecodable,
                "the daemon at \(path) answers something else than expected: is it of another version?",
                details: "\(error)"
            )
        }
        if case .failed(let error) = response { throw error }
        return response
    }

    private func connect(until deadline: Int64) throws(AttachmentError) -> FileDescriptor {
        guard let socket = UnixSocket.make() else { throw .failed("make a unix socket") }
        while true {
            let result = unsafe UnixSocket.withAddress(path) { address, size in
                unsafe Glibc.connect(socket.number, address, size)
            }
            if result == 0 { return socket }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Its queue of connections is full.
                guard Machine.monotonicMilliseconds() < deadline else { throw unresponsive }
                Machine.sleep(milliseconds: 5)
            case ENOENT, ECONNREFUSED:
                throw AttachmentError(
                    .tryAgainLater,
                    "the overlay's daemon does not run: nobody listens on \(path); start it with "
                        + "`trama overlay launch`"
                )
            case EACCES, EPERM:
                throw AttachmentError(.refused, "\(path) is for root alone: run this as root")
            default:
                throw .failed("connect to \(path)")
            }
        }
    }

    private func send(
        _ bytes: [UInt8],
        to socket: borrowing FileDescriptor,
        until deadline: Int64
    ) throws(AttachmentError) {
        var offset = 0
        while offset < bytes.count {
            switch UnixSocket.send(socket.number, bytes, from: offset) {
            case .bytes(let count): offset += count
            case .wouldBlock:
                guard UnixSocket.wait(socket.number, for: POLLOUT, until: deadline) else { throw unresponsive }
            // It may have said why.
            case .closed: return
            }
        }
    }

    /// Takes the next line off `received`, and reads until there is one.
    private func readLine(
        from socket: borrowing FileDescriptor,
        _ received: inout [UInt8],
        until deadline: Int64
    ) throws(AttachmentError) -> [UInt8] {
        var searched = 0
        while true {
            if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(received[..<end])
                received.removeFirst(end + 1)
                return line
            }
            searched = received.count
            guard received.count <= ControlResponse.sizeLimit else {
                throw AttachmentError(.undecodable, "the daemon at \(path) answers more than 64 MiB")
            }
            switch UnixSocket.receive(socket.number, into: &received) {
            case .bytes: continue
            case .wouldBlock:
                guard UnixSocket.wait(socket.number, for: POLLIN, until: deadline) else { throw unresponsive }
            case .closed:
                throw AttachmentError(
                    .tryAgainLater,
                    "the overlay's daemon at \(path) ended the connection without an answer: it stopped, or is "
                        + "overloaded"
                )
            }
        }
    }

    private var unresponsive: AttachmentError {
        AttachmentError(.tryAgainLater, "the overlay's daemon at \(path) does not answer: it hangs, or is overloaded")
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
    }
}
