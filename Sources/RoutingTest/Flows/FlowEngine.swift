import Addressing
import Glibc
import LabNetwork
import Netlink

/// Makes the connections of many flows, many at a time, on a thread of its own.
///
/// Every connection has a source port that no other of its host had before (`TestFile.Limit.connectionsOfHost`):
/// connection tracking remembers for longer than a test takes, and would send it where an old one went.
actor FlowEngine {
    /// What came of one flow.
    struct Run: Sendable {
        var observation = FlowObservation()
        var duration: Duration = .zero
    }

    /// How many connections there are at a time, in all and of one flow.
    private static let window = 128
    private static let windowOfFlow = 16
    /// After how many connections without an answer no more are tried where one was expected: each takes its time.
    private static let patience = 3
    /// How long an answer is waited for where none is expected: in one kernel one comes within microseconds.
    private let silence: Duration

    private let executor = ThreadExecutor(name: "flows")
    private let network: TestNetwork
    private let plan: NetworkPlan
    private let timeout: Duration
    private let clock = ContinuousClock()
    private var lastPorts: [FlowCase.Client: UInt16] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(_ network: TestNetwork, _ plan: NetworkPlan, timeout: Duration) {
        self.network = network
        self.plan = plan
        self.timeout = timeout
        silence = Self.silence(timeout: timeout)
    }

    /// How long an answer is waited for where none is expected: a third of the time for those that are, as every such
    /// flow takes all of it, but not less than a second.
    static func silence(timeout: Duration) -> Duration { min(timeout, max(.seconds(1), timeout / 3)) }

    /// Makes the flows' connections; less of them where the task is cancelled.
    func run(_ flows: [FlowCase]) -> [Run] {
        var runs = Array(repeating: Run(), count: flows.count)
        var started = Array(repeating: 0, count: flows.count)
        var pending = Array(repeating: 0, count: flows.count)
        var begins: [Int: ContinuousClock.Instant] = [:]
        var attempts: [FlowAttempt] = []
        var waiting = Array(flows.indices)[...]
        while !Task.isCancelled {
            // Flows in order, so that the first are done first.
            for index in waiting where attempts.count < Self.window {
                let flow = flows[index]
                let window = flow.isSticky ? 1 : Self.windowOfFlow
                while attempts.count < Self.window, pending[index] < window, started[index] < flow.connections,
                    !isHopeless(flow, runs[index].observation)
                {
                    if started[index] == 0 { begins[index] = clock.now }
                    started[index] += 1
                    pending[index] += 1
                    attempts.append(attempt(index, flow).attempt)
                }
            }
            waiting = waiting.drop {
                started[$0] == flows[$0].connections || isHopeless(flows[$0], runs[$0].observation)
            }
            guard !attempts.isEmpty else { break }
            wait(for: &attempts)
            attempts.removeAll { attempt in
                guard let outcome = attempt.outcome else { return false }
                pending[attempt.flow] -= 1
                runs[attempt.flow].observation.add(outcome)
                if let begin = begins[attempt.flow] { runs[attempt.flow].duration = clock.now - begin }
                return true
            }
        }
        return runs
    }

    /// Makes one connection of a flow, and says from which port and what became of it.
    func once(_ flow: FlowCase) -> (port: UInt16, outcome: FlowObservation.Outcome) {
        let (attempt, port) = attempt(0, flow, atMost: silence)
        var attempts = [attempt]
        while attempts[0].outcome == nil, !Task.isCancelled { wait(for: &attempts) }
        return (port, attempts[0].outcome ?? .dropped)
    }

    private func isHopeless(_ flow: FlowCase, _ observation: FlowObservation) -> Bool {
        guard flow.expect != .dropped else { return false }
        let silent = observation.counts.reduce(0) { sum, entry in
            switch entry.key {
            case .dropped, .failed: sum + entry.value
            default: sum
            }
        }
        return silent >= Self.patience
    }

    private func attempt(
        _ index: Int,
        _ flow: FlowCase,
        atMost limit: Duration? = nil
    ) -> (attempt: FlowAttempt, port: UInt16) {
        let limit = limit ?? (flow.expect == .dropped ? silence : timeout)
        let wait = min(timeout, limit)
        do throws(NetlinkError) {
            let (socket, port) = try socket(flow)
            return (FlowAttempt(flow: index, socket, to: flow.target, until: clock.now + wait), port)
        } catch {
            return (FlowAttempt(flow: index, failed: error, at: clock.now), 0)
        }
    }

    /// A socket of the flow's client, bound to a fresh port.
    private func socket(_ flow: FlowCase) throws(NetlinkError) -> (FlowSocket, port: UInt16) {
        let family = flow.target.address.family
        let socket = try FlowSocket(flow.target.transport, family, in: network.host(of: flow.client).namespace)
        if flow.client.isOutside, !plan.pods.contains(where: { $0.addresses.contains(flow.target.address) }) {
            try socket.bind(toLink: TestNetwork.routerLink(node: flow.entry))
        }
        let address = flow.clientAddress ?? (family == .ipv4 ? .v4(0) : .v6(high: 0, low: 0))
        let host = flow.client.host(plan)
        var port = lastPorts[host] ?? 33_000
        for attempt in 0... {
            port = port == 60_999 ? 33_000 : port + 1
            do {
                try socket.bind(address, port: port)
                break
            } catch {
                // Somebody else's on a node.
                guard error.errno == EADDRINUSE, attempt < 100 else { throw error }
            }
        }
        lastPorts[host] = port
        return (socket, port)
    }

    /// Waits until something happens, or a moment has passed so that a cancelled task is noticed.
    private func wait(for attempts: inout [FlowAttempt]) {
        var polled = attempts.map(\.pollEntry)
        // What has failed already is not waited for.
        let time: Int32 = attempts.contains { $0.outcome != nil } ? 0 : 20
        // In bounds: the array's own start and count.
        unsafe poll(&polled, nfds_t(polled.count), time)
        for index in attempts.indices where polled[index].revents != 0 { attempts[index].proceed() }
        let now = clock.now
        for index in attempts.indices { attempts[index].expire(at: now) }
    }
}
