import Addressing
import Glibc
import Netlink
import ServiceRouting

extension FlowProbe {
    /// Makes many flows at the same time, and says what became of each.
    ///
    /// For what is refused or dropped, which takes long: in one kernel the ICMP error to a SYN comes back before `connect`
    /// has let go of the socket, so that only the error to the second SYN counts, a second later.
    func together(_ flows: [(host: Host, target: Frontend)], timeout: Duration = patience) -> [FlowOutcome] {
        var attempts = flows.map { flow in
            do throws(NetlinkError) {
                return try Attempt(socket(from: flow.host, to: flow.target), to: flow.target)
            } catch {
                return Attempt(FlowOutcome(error))
            }
        }
        let end = ContinuousClock.now + timeout
        while ContinuousClock.now < end, attempts.contains(where: { $0.outcome == nil }) {
            var polled = attempts.map(\.pollEntry)
            poll(&polled, nfds_t(polled.count), Int32((end - ContinuousClock.now) / .milliseconds(1)) + 1)
            for index in attempts.indices where polled[index].revents != 0 { attempts[index].proceed() }
        }
        return attempts.map { $0.outcome ?? .dropped }
    }
}

/// One of many flows: connects, asks, and reads the answer, as far as that goes without waiting.
private struct Attempt {
    private var socket: TestSocket?
    private var hasAsked = false
    private(set) var outcome: FlowOutcome?

    init(_ outcome: FlowOutcome) { self.outcome = outcome }

    init(_ socket: TestSocket, to target: Frontend) throws(NetlinkError) {
        self.socket = socket
        _ = fcntl(socket.fileDescriptor, F_SETFL, O_NONBLOCK)
        do {
            try socket.connect(to: SocketAddress(target.address, target.port))
        } catch  where error.errno == EINPROGRESS {}
        if target.protocol == .udp { ask() }
    }

    /// What it waits for; a negative descriptor is not waited for.
    var pollEntry: pollfd {
        guard outcome == nil, let socket else { return pollfd(fd: -1, events: 0, revents: 0) }
        return pollfd(fd: socket.fileDescriptor, events: Int16(hasAsked ? POLLIN : POLLOUT), revents: 0)
    }

    /// Goes on after what it waited for has happened.
    mutating func proceed() {
        guard let socket else { return }
        guard hasAsked else { return ask() }
        do {
            let answer = try socket.receive().text
            outcome = FlowOutcome(answer: answer) ?? .failed(errno: answer.isEmpty ? ECONNRESET : EPROTO)
        } catch {
            outcome = FlowOutcome(error)
        }
    }

    private mutating func ask() {
        guard let socket else { return }
        do {
            hasAsked = true
            try socket.send("?", to: nil)
        } catch  where error.errno == EAGAIN {
            // Still connecting. The early ICMP error waits in the error queue, and would end every poll at once.
            hasAsked = false
            var bytes = [UInt8](repeating: 0, count: 512)
            _ = recv(socket.fileDescriptor, &bytes, bytes.count, Int32(MSG_ERRQUEUE))
        } catch  where error.errno == EPERM {
            // A datagram of the host itself that a rule stops fails at once; the ICMP error, if any, comes after.
        } catch {
            outcome = FlowOutcome(error)
        }
    }
}
