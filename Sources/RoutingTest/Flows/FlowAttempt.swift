import Addressing
import Glibc
import Netlink

/// One connection of a flow: connects, asks, and reads the answer, as far as that goes without waiting.
struct FlowAttempt {
    /// Which of the flows it is of.
    let flow: Int
    private let socket: FlowSocket?
    private let deadline: ContinuousClock.Instant
    private var hasAsked = false
    private(set) var outcome: FlowObservation.Outcome?

    /// An attempt that failed before it began.
    init(flow: Int, failed error: NetlinkError, at now: ContinuousClock.Instant) {
        self.flow = flow
        socket = nil
        deadline = now
        outcome = Self.outcome(of: error)
    }

    /// Begins to connect.
    init(flow: Int, _ socket: FlowSocket, to target: FlowCase.Target, until deadline: ContinuousClock.Instant) {
        self.flow = flow
        self.socket = socket
        self.deadline = deadline
        do {
            try socket.connect(to: target.address, port: target.port)
            if target.transport == .udp { ask() }
        } catch {
            outcome = Self.outcome(of: error)
        }
    }

    /// What it waits for; a negative descriptor is not waited for.
    var pollEntry: pollfd {
        guard outcome == nil, let socket else { return pollfd(fd: -1, events: 0, revents: 0) }
        return pollfd(fd: socket.fileDescriptor, events: Int16(hasAsked ? POLLIN : POLLOUT), revents: 0)
    }

    /// Gives up what has had its time.
    mutating func expire(at now: ContinuousClock.Instant) {
        if outcome == nil, now >= deadline { outcome = .dropped }
    }

    /// Goes on after what it waited for has happened.
    mutating func proceed() {
        guard let socket, outcome == nil else { return }
        guard hasAsked else { return ask() }
        do {
            let answer = try socket.receive().bytes
            if let answer = EchoServers.read(answer) {
                outcome = .answered(answer)
            } else {
                outcome = .failed(answer.isEmpty ? "closed without an answer" : "answered by somebody else")
            }
        } catch {
            if error.errno != EAGAIN { outcome = Self.outcome(of: error) }
        }
    }

    private mutating func ask() {
        guard let socket else { return }
        let pending = socket.takeError()
        guard pending == 0 else {
            outcome = Self.outcome(of: NetlinkError(operation: "connect", errno: pending))
            return
        }
        do {
            hasAsked = true
            try socket.send([UInt8(ascii: "?")])
        } catch  where error.errno == EAGAIN || error.errno == ENOTCONN {
            // Still connecting. An early ICMP error would wait in the error queue, and end every poll at once.
            hasAsked = false
            var bytes = [UInt8](repeating: 0, count: 512)
            // In bounds: the array's own start and count.
            _ = unsafe recv(socket.fileDescriptor, &bytes, bytes.count, Int32(MSG_ERRQUEUE))
        } catch  where error.errno == EPERM {
            // A datagram of the host itself that a rule stops fails at once; the ICMP error, if any, comes after.
        } catch {
            outcome = Self.outcome(of: error)
        }
    }

    private static func outcome(of error: NetlinkError) -> FlowObservation.Outcome {
        switch error.errno {
        case ECONNREFUSED, ECONNRESET: .refused
        case EHOSTUNREACH, ENETUNREACH: .unreachable
        case ETIMEDOUT: .dropped
        default: .failed("\(error)")
        }
    }
}
