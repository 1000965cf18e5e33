import Addressing
import Glibc
import Netlink
import ServiceRouting

/// What became of a new flow.
enum FlowOutcome: Hashable, Sendable {
    /// A server answered, and saw this source.
    case answered(by: String, source: IPAddress)
    /// Reset, or ICMP port unreachable.
    case refused
    /// ICMP host or network unreachable, or no route.
    case unreachable
    /// Nothing came in time.
    case dropped
    /// Another error.
    case failed(errno: Int32)

    init(_ error: NetlinkError) {
        switch error.errno {
        case ECONNREFUSED, ECONNRESET: self = .refused
        case EHOSTUNREACH, ENETUNREACH: self = .unreachable
        case ETIMEDOUT, EAGAIN, EINPROGRESS: self = .dropped
        default: self = .failed(errno: error.errno)
        }
    }

    /// Reads what an ``EchoServers`` wrote.
    init?(answer: String) {
        let fields = answer.split(separator: " ")
        guard fields.count == 2, let source = IPAddress(fields[1]) else { return nil }
        self = .answered(by: String(fields[0]), source: source)
    }

    /// Who answered; nil where nobody did.
    var server: String? {
        if case .answered(let server, _) = self { server } else { nil }
    }
}

/// A flow that stays: a connected socket to ask over again and again.
final class OpenFlow: Sendable {
    fileprivate let socket: TestSocket

    fileprivate init(_ socket: TestSocket) { self.socket = socket }
}

/// Makes flows from inside hosts, one at a time, on a thread of its own.
///
/// Every flow has a source port that no flow of the same probe had before: connection tracking remembers flows for longer
/// than a test takes, and an old one would be sent where it went then.
actor FlowProbe {
    /// How long to wait for an answer that is expected.
    static let patience: Duration = .seconds(5)
    /// How long to wait where none is expected.
    static let impatience: Duration = .milliseconds(200)

    private let executor = ThreadExecutor(name: "probe")
    private var lastPort: UInt16 = 32_767

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes one flow.
    func flow(from host: Host, to target: Frontend, timeout: Duration = patience) -> FlowOutcome {
        do {
            return try ask(open(from: host, to: target, timeout: timeout).socket)
        } catch {
            return FlowOutcome(error)
        }
    }

    /// Makes that many flows.
    func flows(_ count: Int, from host: Host, to target: Frontend) -> [FlowOutcome] {
        (0..<count).map { _ in flow(from: host, to: target) }
    }

    /// Makes that many flows, to each frontend in turn.
    func flows(_ count: Int, from host: Host, toEachOf targets: [Frontend]) -> [FlowOutcome] {
        (0..<count).map { flow(from: host, to: targets[$0 % targets.count]) }
    }

    /// What became of flows: as many as it takes to see all of `expected`, and never fewer than `least` nor more than `most`.
    func outcomes(
        from host: Host,
        to target: Frontend,
        expecting expected: Set<FlowOutcome>,
        least: Int = 6,
        most: Int = 200
    ) -> Set<FlowOutcome> {
        let timeout = expected.contains(.dropped) ? Self.impatience : Self.patience
        if expected == [.dropped] || expected == [.refused] {
            let flows = Array(repeating: (host: host, target: target), count: min(least, 3))
            return Set(together(flows, timeout: timeout))
        }
        var seen: Set<FlowOutcome> = []
        for number in 1...most {
            seen.insert(flow(from: host, to: target, timeout: timeout))
            if !seen.isSubset(of: expected) || (number >= least && seen == expected) { break }
        }
        return seen
    }

    /// Connects a socket that stays; UDP sockets send nothing yet.
    func open(from host: Host, to target: Frontend, timeout: Duration = patience) throws(NetlinkError) -> OpenFlow {
        let socket = try socket(from: host, to: target)
        try socket.setTimeout(timeout)
        try socket.connect(to: SocketAddress(target.address, target.port))
        return OpenFlow(socket)
    }

    /// A socket with a source port of its own.
    func socket(from host: Host, to target: Frontend) throws(NetlinkError) -> TestSocket {
        let socket = try TestSocket(target.protocol, target.family, in: host.namespace)
        lastPort = lastPort == 60_999 ? 32_768 : lastPort + 1
        try socket.bind(port: lastPort)
        return socket
    }

    /// Asks over a flow that stays.
    func ask(_ flow: OpenFlow) -> FlowOutcome {
        do {
            return try ask(flow.socket)
        } catch {
            return FlowOutcome(error)
        }
    }

    private func ask(_ socket: TestSocket) throws(NetlinkError) -> FlowOutcome {
        do {
            try socket.send("?", to: nil)
        } catch  where error.errno == EPERM {
            // A datagram of the host itself that a rule stops fails at once; the ICMP error, if any, comes after.
            try socket.setTimeout(Self.impatience)
        }
        let answer = try socket.receive().text
        return FlowOutcome(answer: answer) ?? .failed(errno: answer.isEmpty ? ECONNRESET : EPROTO)
    }
}
