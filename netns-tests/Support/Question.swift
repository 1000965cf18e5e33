import Addressing
import Glibc
import Netlink

/// What a ``Server`` said: who answered, and which address it saw.
struct Answer: Equatable, Sendable {
    let server: String
    let client: String
}

/// Why there was no answer.
enum QuestionError: Error, Equatable {
    /// Reset, or ICMP port unreachable.
    case refused
    /// ICMP host, network or protocol unreachable, or no route.
    case unreachable
    /// Nothing came in time.
    case timedOut
    /// Another error number.
    case failed(Int32)

    init(_ errno: Int32) {
        switch errno {
        case ECONNREFUSED, ECONNRESET: self = .refused
        case EHOSTUNREACH, ENETUNREACH, EACCES: self = .unreachable
        case ETIMEDOUT, EAGAIN, EINPROGRESS: self = .timedOut
        default: self = .failed(errno)
        }
    }
}

extension Host {
    /// Asks a ``Server`` for its name, from a new socket inside the host.
    ///
    /// - Parameters:
    ///   - sourcePort: The port to ask from; 0 lets the kernel choose.
    ///   - timeout: How long to wait; what is expected to be dropped needs a short one.
    /// - Throws: ``QuestionError``.
    func ask(
        _ address: IPAddress,
        _ transport: TransportProtocol,
        port: UInt16,
        sourcePort: UInt16 = 0,
        timeout: Duration = .seconds(5)
    ) async throws -> Answer {
        let socket = try TestSocket(transport, address.family, in: namespace)
        if sourcePort != 0 { try socket.bind(port: sourcePort) }
        return try await Asker().ask(socket, SocketAddress(address, port), timeout: timeout)
    }
}

/// The thread of one question.
private actor Asker {
    private let executor = ThreadExecutor(name: "asker")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func ask(_ socket: TestSocket, _ target: SocketAddress, timeout: Duration) throws(QuestionError) -> Answer {
        do {
            try socket.setTimeout(timeout)
            try socket.connect(to: target)
            if socket.transport == .udp { try socket.send("?", to: nil) }
            let text = try socket.receive().text
            let fields = text.split(separator: " ")
            guard fields.count == 2 else { throw QuestionError.failed(EPROTO) }
            return Answer(server: String(fields[0]), client: String(fields[1]))
        } catch let error as NetlinkError {
            throw QuestionError(error.errno)
        } catch let error as QuestionError {
            throw error
        } catch {
            throw .failed(EIO)
        }
    }
}
