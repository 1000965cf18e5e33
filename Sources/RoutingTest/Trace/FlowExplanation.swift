import Addressing
import LabNetwork
import NFTables
import Netlink

/// Makes a flow that went wrong once more, and asks the kernels which rules decided.
struct FlowExplanation {
    private let network: TestNetwork
    private let plan: NetworkPlan
    private let engine: FlowEngine
    private let tableName: String

    /// How many flows of a file are explained: each may take a second.
    static let limit = 20
    /// How often a flow is made until it goes wrong again, where it does so sometimes.
    private static let attempts = 24

    init(_ network: TestNetwork, _ plan: NetworkPlan, _ engine: FlowEngine, _ file: TestFile) {
        self.network = network
        self.plan = plan
        self.engine = engine
        var name = "trama"
        for (index, flag) in file.proxyFlags.enumerated() {
            if flag.hasPrefix("--table-name=") { name = String(flag.dropFirst("--table-name=".count)) }
            if flag == "--table-name", index + 1 < file.proxyFlags.count { name = file.proxyFlags[index + 1] }
        }
        tableName = name
    }

    /// The lines for people.
    func lines(_ flow: FlowCase) async -> [String] {
        var sockets: [(node: Int, socket: TraceSocket)] = []
        do {
            for (number, host) in network.nodes.enumerated() {
                let socket = try TraceSocket(on: host, flow.target.address.family)
                sockets.append((number, socket))
                try await socket.begin(flow.target)
            }
        } catch {
            for (_, socket) in sockets { await socket.end() }
            return ["kernel    cannot be asked: \(error)"]
        }
        var outcome = FlowObservation.Outcome.dropped
        var port: UInt16 = 0
        for _ in 0..<Self.attempts where !Task.isCancelled {
            for (_, socket) in sockets { _ = await socket.events() }
            (port, outcome) = await engine.once(flow)
            if isWrong(outcome, flow) { break }
        }
        var lines = ["again     from port \(port): \(describe(outcome))"]
        var isSeen = false
        for (number, socket) in sockets {
            let events = await socket.events()
            let table = try? await socket.proxyTable(tableName)
            let steps = TraceText(flow, plan, table).lines(events, from: port)
            guard !steps.isEmpty else { continue }
            isSeen = true
            lines.append("node \(plan.nodes[number].name)")
            lines += steps.map { "  \($0)" }
            lines += await connections(flow, port, number).map { "  \($0)" }
        }
        if !isSeen {
            lines.append("no node's rules saw the packet: it found no way to one, or was stopped before them")
        }
        for (_, socket) in sockets { await socket.end() }
        return lines
    }

    /// Whether an outcome is one that the flow should not have had.
    private func isWrong(_ outcome: FlowObservation.Outcome, _ flow: FlowCase) -> Bool {
        switch (flow.expect, outcome) {
        case (.endpoints(let endpoints), .answered(let answer)):
            guard endpoints.contains(where: { $0.pod == plan.pods[answer.pod].pod.name }) else { return true }
            return flow.sources(at: answer.pod, plan).map { !$0.contains(answer.source) } ?? false
        case (.refused, .refused), (.dropped, .dropped), (.unreachable, .unreachable): return false
        default: return true
        }
    }

    private func describe(_ outcome: FlowObservation.Outcome) -> String {
        switch outcome {
        case .answered(let answer):
            "answered by \(plan.pods[answer.pod].pod.name), which saw \(Judgement.describe(answer.source, plan))"
        case .refused: "refused"
        case .dropped: "no answer"
        case .unreachable: "unreachable"
        case .failed(let reason): reason
        }
    }

    /// What connection tracking of a node has of the flow.
    private func connections(_ flow: FlowCase, _ port: UInt16, _ node: Int) async -> [String] {
        let filter = FlowFilter(
            family: flow.target.address.family,
            transport: flow.target.transport,
            originalDestination: flow.target.address,
            originalDestinationPort: flow.target.port
        )
        guard let conntrack = try? ConntrackConnection(in: network.nodes[node].namespace),
            let found = try? await conntrack.flows(
                filter,
                where: { entry in
                    entry.original.sourcePort == port
                        && (flow.clientAddress ?? entry.original.source) == entry.original.source
                }
            )
        else { return ["conntrack cannot be read"] }
        guard let entry = found.first else { return ["conntrack has no entry: the packet was not let through"] }
        func text(_ address: IPAddress, _ port: UInt16) -> String {
            address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        }
        let reply = entry.reply
        let answers = text(reply.source, reply.sourcePort)
        let client = text(reply.destination, reply.destinationPort)
        return ["conntrack \(entry), answered by \(answers) to \(client)"]
    }
}
