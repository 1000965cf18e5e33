import Addressing
import NFTables

/// Says in the proxy's terms what the rules of a node did with a packet.
struct TraceText {
    private let flow: FlowCase
    private let plan: NetworkPlan
    /// The proxy's table, with its elements; nil where it could not be read.
    private let table: Snapshot?

    init(_ flow: FlowCase, _ plan: NetworkPlan, _ table: Snapshot?) {
        self.flow = flow
        self.plan = plan
        self.table = table
    }

    /// A line for each step that decided something; empty where the node did not see the packet.
    ///
    /// - Parameters:
    ///   - events: What the node's kernel told.
    ///   - port: The client's source port.
    func lines(_ events: [TraceEvent], from port: UInt16) -> [String] {
        guard let (packet, steps) = firstPacket(events, from: port) else { return [] }
        var lines = [
            "packet \(text(packet.source, packet.sourcePort)) → \(text(packet.destination, packet.destinationPort))"
        ]
        var destination = packet.destination
        var hasServed = false
        for step in steps {
            if let packet = step.packet, packet.destination != destination {
                destination = packet.destination
                lines.append(
                    "now to \(text(packet.destination, packet.destinationPort)), \(name(of: packet.destination))"
                )
            }
            switch step.kind {
            case .rule:
                guard let line = line(step) else { continue }
                if step.chain.hasPrefix("services-") { hasServed = true }
                lines.append(line)
            case .policy:
                if step.chain.hasPrefix("services-"), !hasServed {
                    lines.append("\(step.chain): no element of frontends for \(target)")
                } else if step.decision == .drop {
                    lines.append("\(place(step)): its policy drops")
                }
            case .return: break
            }
        }
        return lines
    }

    /// The flow's first packet, and its steps.
    ///
    /// The kernel makes a packet's number from where it lies in memory, so that later packets may have the same; each
    /// begins with the rule that has it traced.
    private func firstPacket(_ events: [TraceEvent], from port: UInt16) -> (TraceEvent.Packet, [TraceEvent])? {
        guard
            let start = events.firstIndex(where: { $0.packet?.sourcePort == port && $0.table == TraceSocket.tableName }
            ),
            let packet = events[start].packet
        else { return nil }
        let ofNumber = events[start...].filter { $0.packetID == events[start].packetID }
        let own = ofNumber.prefix { $0.table == TraceSocket.tableName }
        let steps = ofNumber.dropFirst(own.count).prefix { $0.table != TraceSocket.tableName }
        return (packet, Array(steps))
    }

    private var target: String {
        "\(flow.target.address) . \("\(flow.target.transport)".lowercased()) . \(flow.target.port)"
    }

    private func text(_ address: IPAddress, _ port: UInt16) -> String {
        address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }

    private func name(of address: IPAddress) -> String {
        plan.pods.first { $0.addresses.contains(address) }.map {
            "pod \($0.pod.name) on node \(plan.nodes[$0.node].name)"
        }
            ?? "which is no pod's address"
    }

    private func place(_ step: TraceEvent) -> String {
        step.table == table?.table.id.name ?? step.table ? step.chain : "table \(step.table), chain \(step.chain)"
    }

    /// What a rule did; nil where it only let the packet on.
    private func line(_ step: TraceEvent) -> String? {
        let rule = table?.rules[step.chain]?.first { $0.handle == step.ruleHandle }?.rule
        let number =
            table?.rules[step.chain]?.firstIndex { $0.handle == step.ruleHandle }.map { " rule \($0 + 1)" } ?? ""
        let what = rule.map { phrases($0) } ?? []
        let verdict: String?
        switch step.decision {
        case .next, .return:
            // A mark, or a client recorded, is worth a line; a condition that does not hold is none.
            guard rule?.expressions.contains(where: { $0.changesSomething }) == true else { return nil }
            verdict = nil
        case .accept: verdict = what.isEmpty ? "accept" : nil
        case .drop: verdict = what.contains { $0.hasPrefix("refuse") } ? nil : "drop"
        case .jump(let chain):
            // Its rules say what came of it.
            guard chain != "check-sources", !chain.hasPrefix("record") else { return nil }
            verdict = "jump \(chain)"
        case .goto(let chain):
            guard chain != "check-unserved", !chain.hasPrefix("record-") else { return nil }
            verdict = "goto \(chain)"
        case .other(let code): verdict = "verdict \(code)"
        }
        let end = verdict.map { " → \($0)" } ?? ""
        return "\(place(step))\(number)\(what.isEmpty ? "" : ": ")\(what.joined(separator: " "))\(end)"
    }

    /// What a rule is about.
    private func phrases(_ rule: Rule) -> [String] {
        var phrases: [String] = []
        for expression in rule.expressions {
            switch expression {
            case .lookup(let lookup): phrases += phrase(lookup)
            case .nat: phrases.append("translates")
            case .dynamicSet(let update): phrases.append("records the client's endpoint (\(update.set))")
            case .masquerade: phrases.append("masquerades")
            case .reject(.tcpReset): phrases.append("refuses with a TCP reset")
            case .reject: phrases.append("refuses with ICMP port unreachable")
            case .meta(.set(.mark, _)) where !rule.expressions.contains(where: { $0.isMasquerade }):
                phrases.append("marks for masquerade")
            default: break
            }
        }
        return phrases
    }

    private func phrase(_ lookup: NFTables.Expression.Lookup) -> [String] {
        switch lookup.set {
        case "frontends": ["element of frontends { \(target)\(service) }"]
        case "no-endpoints": ["element of no-endpoints { \(target)\(service) }: the Service has no endpoint here"]
        case "cluster-ips": ["element of cluster-ips { \(flow.target.address) }: no Service has this port of it"]
        case "service-cidrs": ["in service-cidrs: no Service has this ClusterIP"]
        case "filtered-frontends": ["source ranges of { \(target) }:"]
        case "allowed-sources": ["the client is in none of them"]
        case "endpoints": ["a slot of endpoints,"]
        case "local-endpoints": ["a slot of local-endpoints,"]
        case "pod-cidrs": [lookup.inverted ? "the client is no pod," : "the client is a pod,"]
        case "hairpin": ["a pod that reached itself,"]
        case let name where name.hasPrefix("sticky-"): ["the client's endpoint of before (\(name)),"]
        default: ["element of \(lookup.set)"]
        }
    }

    /// `, default/web:http`: what the element's comment says.
    private var service: String {
        var key = RegisterValue()
        key.append(flow.target.address)
        key.append(flow.target.transport)
        key.append(networkOrder: flow.target.port)
        let sets = ["frontends", "no-endpoints"]
        let element = sets.lazy.compactMap { table?.elements[$0]?.first { $0.key == key } }.first
        return element?.comment.map { ", \($0)" } ?? ""
    }
}

extension NFTables.Expression {
    fileprivate var isMasquerade: Bool {
        if case .masquerade = self { true } else { false }
    }

    fileprivate var changesSomething: Bool {
        switch self {
        case .meta(.set), .dynamicSet, .nat, .masquerade, .reject: true
        default: false
        }
    }
}
