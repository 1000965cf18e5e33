import Addressing

/// Multiplies the rows of a file out, and looks up what they name.
struct FlowCases {
    private(set) var cases: [FlowCase] = []
    private let file: TestFile
    private let plan: NetworkPlan
    private let services: [ServiceView]
    private var problems: Problems

    /// Resolves every row of the file.
    static func resolve(
        _ file: TestFile,
        _ plan: NetworkPlan,
        _ services: [ServiceView]
    ) throws(TestFileErrors) -> [FlowCase] {
        var cases = FlowCases(file, plan, services)
        for flow in file.flows { cases.add(flow) }
        cases.checkPorts()
        try cases.problems.check()
        return cases.cases
    }

    private init(_ file: TestFile, _ plan: NetworkPlan, _ services: [ServiceView]) {
        self.file = file
        self.plan = plan
        self.services = services
        problems = Problems(file: file.path)
    }

    private mutating func fail(_ flow: TestFlow, _ field: String, _ reason: String) {
        problems.add(line: flow.line, "flows[\(flow.index)].\(field)", reason)
    }

    // MARK: Rows

    private mutating func add(_ flow: TestFlow) {
        checkEndpoints(flow)
        for node in flow.at where self.node(node) == nil {
            let hint = Suggestion.text(for: node, among: plan.nodes.map(\.name))
            return fail(flow, "at", "\(node) is none of nodes\(hint)")
        }
        var isAtUsed = flow.at.isEmpty
        for from in flow.from {
            guard let client = client(from) else {
                let names = plan.pods.map(\.pod.name) + plan.nodes.map(\.name) + plan.outside.map(\.name)
                let hint = Suggestion.text(for: from, among: names)
                fail(flow, "from", "\(from) is no pod, no node and nobody outside\(hint)")
                continue
            }
            for to in flow.to {
                for way in ways(flow, to) {
                    let hasPlace = way == .nodePort || client.isOutside
                    if hasPlace { isAtUsed = true }
                    guard !isFull else { break }
                    let places = hasPlace && !flow.at.isEmpty ? flow.at : [""]
                    for place in places { add(flow, from, client, to, way, at: node(place)) }
                }
            }
        }
        if !isAtUsed { fail(flow, "at", "only NodePorts and clients outside come in at a node; leave it out") }
        if cases.count > TestFile.Limit.flows {
            cases = []
            fail(flow, "from", "more than \(TestFile.Limit.flows) flows come of the file; split it")
        }
    }

    /// Refuses more connections than a host has source ports.
    private mutating func checkPorts() {
        var counts: [FlowCase.Client: Int] = [:]
        var told: Set<FlowCase.Client> = []
        for flow in cases {
            let host = flow.client.host(plan)
            counts[host, default: 0] += flow.connections
            guard counts[host, default: 0] > TestFile.Limit.connectionsOfHost, told.insert(host).inserted else {
                continue
            }
            let name = name(of: host)
            problems.add(
                line: flow.line,
                "flows",
                "more than \(TestFile.Limit.connectionsOfHost) connections from \(name), which has no more source ports; "
                    + "lower connections, or split the file"
            )
        }
    }

    private func name(of host: FlowCase.Client) -> String {
        switch host {
        case .pod(let number): plan.pods[number].pod.name
        case .node(let number): plan.nodes[number].name
        case .outside(let number): plan.outside[number].name
        }
    }

    /// Whether there are more flows or errors than anybody wants: lists in rows multiply.
    private var isFull: Bool { cases.count > TestFile.Limit.flows || problems.errors.count >= Problems.limit }

    /// The ways of a row to a target; one that means nothing for what is no Service.
    private mutating func ways(_ flow: TestFlow, _ to: FlowTarget) -> [ServiceWay] {
        if case .service = to { return flow.via.isEmpty ? [.clusterIP] : flow.via }
        if !flow.via.isEmpty { fail(flow, "via", "\(to) is no Service and has one address only; leave it out") }
        return [.clusterIP]
    }

    private mutating func checkEndpoints(_ flow: TestFlow) {
        guard case .endpoints(let endpoints) = flow.expect else { return }
        let pods = plan.pods.map(\.pod.name)
        for endpoint in endpoints where !pods.contains(endpoint.pod) {
            let words = ["refused", "dropped", "unreachable"]
            let hint = Suggestion.text(for: endpoint.pod, among: pods + words)
            fail(flow, "expect", "\(endpoint.pod) is none of pods\(hint)")
        }
    }

    private mutating func add(
        _ flow: TestFlow,
        _ from: String,
        _ client: FlowCase.Client,
        _ to: FlowTarget,
        _ way: ServiceWay,
        at place: Int?
    ) {
        var service: ServiceView?
        if case .service(let namespace, let name, let port) = to {
            guard let found = services.first(where: { $0.namespace == namespace && $0.name == name }) else {
                let known = services.map {
                    FlowTarget.service(namespace: $0.namespace, name: $0.name, port: port).description
                }
                return fail(
                    flow,
                    "to",
                    "no manifest has Service \(namespace)/\(name)\(Suggestion.text(for: "\(to)", among: known))"
                )
            }
            service = found
        }
        let families = flow.families.isEmpty ? plan.families : flow.families
        var found = false
        for transport in transports(flow, to, service) {
            for family in families {
                let entry = entry(client, to, way, place)
                let address = clientAddress(client, family)
                guard plan.families.contains(family), address != nil || client.isNode,
                    let target = target(to, way, service, transport, family, at: place ?? client.node(plan) ?? 0)
                else { continue }
                found = true
                cases.append(
                    FlowCase(
                        line: flow.line,
                        name: flow.name,
                        title: title(from, to, way, client, place, target, isAlone: plan.families.count == 1),
                        client: client,
                        clientAddress: address,
                        entry: entry,
                        target: target,
                        expect: flow.expect,
                        source: flow.source,
                        isSticky: flow.isSticky,
                        connections: connections(flow)
                    )
                )
            }
        }
        guard !found else { return }
        let wanted = families.map { "\($0)" }.joined(separator: " or ")
        let what = service == nil ? "\(to)" : "\(to) by way of \(way.rawValue)"
        fail(
            flow,
            "to",
            "\(what) has nothing that \(from) could dial over \(wanted); see the Service's addresses and ports"
        )
    }

    private func connections(_ flow: TestFlow) -> Int {
        if let connections = flow.connections { return connections }
        guard case .endpoints(let endpoints) = flow.expect else { return FlowCase.unansweredConnections }
        return Proportion.usualConnections(weights: endpoints.map(\.weight))
    }

    private func title(
        _ from: String,
        _ to: FlowTarget,
        _ way: ServiceWay,
        _ client: FlowCase.Client,
        _ place: Int?,
        _ target: FlowCase.Target,
        isAlone: Bool
    ) -> String {
        var title = "\(from) → \(to)"
        if case .service = to, way != .clusterIP { title += " \(way.rawValue)" }
        if let place { title += " at \(plan.nodes[place].name)" }
        title += " \("\(target.transport)".lowercased())"
        return isAlone ? title : "\(title) \(target.address.family)"
    }
}

// MARK: Looking up

extension FlowCases {
    private func node(_ name: String) -> Int? { plan.nodes.firstIndex { $0.name == name } }

    private func client(_ name: String) -> FlowCase.Client? {
        if let number = plan.pods.firstIndex(where: { $0.pod.name == name }) { return .pod(number) }
        if let number = node(name) { return .node(number) }
        return plan.outside.firstIndex { $0.name == name }.map { .outside($0) }
    }

    private func clientAddress(_ client: FlowCase.Client, _ family: IPFamily) -> IPAddress? {
        switch client {
        case .pod(let number) where !plan.pods[number].pod.isOnHostNetwork:
            plan.pods[number].addresses.first { $0.family == family }
        case .outside(let number): plan.outside[number].addresses.first { $0.family == family }
        default: nil
        }
    }

    /// The node whose rules a flow meets first.
    private func entry(_ client: FlowCase.Client, _ to: FlowTarget, _ way: ServiceWay, _ place: Int?) -> Int {
        switch to {
        case .node(let name, _):
            if let number = node(name) { return number }
        case .address(let address, _):
            if let number = plan.nodes.firstIndex(where: { $0.addresses.contains(address) }) { return number }
        default: break
        }
        return place ?? client.node(plan) ?? 0
    }

    private func transports(_ flow: TestFlow, _ to: FlowTarget, _ service: ServiceView?) -> [TransportProtocol] {
        guard flow.transports.isEmpty else { return flow.transports }
        guard case .service(_, _, let port) = to, let service else { return [.tcp] }
        let transports = Set(service.ports(port).map(\.transport)).sorted()
        return transports.isEmpty ? [.tcp] : transports
    }

    private func target(
        _ to: FlowTarget,
        _ way: ServiceWay,
        _ service: ServiceView?,
        _ transport: TransportProtocol,
        _ family: IPFamily,
        at node: Int
    ) -> FlowCase.Target? {
        func first(_ addresses: [IPAddress]?, _ port: UInt16) -> FlowCase.Target? {
            addresses?.first { $0.family == family }
                .map { FlowCase.Target(address: $0, port: port, transport: transport) }
        }
        switch to {
        case .pod(let name, let port): return first(plan.pods.first { $0.pod.name == name }?.addresses, port)
        case .node(let name, let port): return first(plan.nodes.first { $0.name == name }?.addresses, port)
        case .address(let address, let port): return first([address], port)
        case .service(_, _, let text):
            guard let service else { return nil }
            let ports = service.ports(text)
            let port = ports.first { $0.transport == transport } ?? ports.first
            if way == .nodePort {
                guard service.clusterIPs.contains(where: { $0.family == family }) else { return nil }
                return port?.nodePort.flatMap { first(plan.nodes[node].addresses, $0) }
            }
            // A port that the Service does not have is dialled all the same: that is to be refused.
            return (port?.number ?? UInt16(text)).flatMap { first(service.address(way, family).map { [$0] }, $0) }
        }
    }
}

extension FlowCase.Client {
    var isOutside: Bool {
        if case .outside = self { true } else { false }
    }

    /// Whether the kernel chooses the address.
    var isNode: Bool {
        if case .outside = self { false } else { true }
    }

    /// Whose ports it uses: a pod on the host network has its node's.
    func host(_ plan: NetworkPlan) -> FlowCase.Client {
        guard case .pod(let number) = self, plan.pods[number].pod.isOnHostNetwork else { return self }
        return .node(plan.pods[number].node)
    }

    /// The node that it is, or is on; nil outside.
    func node(_ plan: NetworkPlan) -> Int? {
        switch self {
        case .pod(let number): plan.pods[number].node
        case .node(let number): number
        case .outside: nil
        }
    }
}
