public import JSON
import KubernetesAPI
import KubernetesClient
import LabNetwork
import Observability

extension Lab {
    /// What the lab is like now.
    public func status() async throws -> LabStatus {
        let state = try state()
        let isCurrent = state.bootID == LabMachine.bootID
        var status = LabStatus(state: state)
        status.isAlive = state.processes.map { isCurrent && $0.process.isAlive }
        guard isCurrent, state.isComplete else { return status }
        // A server that does not answer is part of what is to be seen.
        status.nodes = await withTaskGroup(of: [NodeReport]?.self) { group in
            group.addTask {
                try? await LabCluster.with(kubeconfig: state.plan.kubeconfig) { try await $0.nodes() }
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(15))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return status
    }
}

/// What a lab is like at one moment.
public struct LabStatus: Sendable {
    /// What is known of it.
    public var state: LabState
    /// Whether each of the state's processes is alive.
    var isAlive: [Bool] = []
    /// Its Nodes; nil where the API server does not answer.
    var nodes: [NodeReport]?

    init(state: LabState) { self.state = state }

    /// Whether it is complete, all its programs run, and all its nodes are ready.
    public var isHealthy: Bool {
        guard let nodes else { return false }
        let ready = Set(nodes.filter(\.isReady).map(\.metadata.name))
        return state.isComplete && !isAlive.contains(false) && ready.isSuperset(of: state.plan.nodeHosts.map(\.name))
    }

    /// A table for people.
    public var text: String {
        let plan = state.plan
        let options = state.options
        var lines = [
            "Lab \(options.name): \(state.isComplete ? isHealthy ? "up" : "up, not well" : "incomplete"), \(options.isRouted ? "routed" : "bridge")"
                + " \(options.subnets.map { "\($0)" }.joined(separator: ", ")), store \(options.store.rawValue)",
            "API server \(plan.server) \(nodes == nil ? "does not answer" : "answers"), trama \(TramaVersion.current)",
            "export KUBECONFIG=\(plan.kubeconfig)", "",
        ]
        let rows = plan.hosts.map { host in
            [
                host.name, host.namespace ?? "-", host.addresses.map { "\($0.address)" }.joined(separator: ","),
                programs(of: host), readiness(of: host),
            ]
        }
        lines += Self.table([["HOST", "NAMESPACE", "ADDRESS", "PROGRAMS", "NODE"]] + rows)
        for partition in state.partitions {
            lines.append(
                "Parted: \(partition.first.joined(separator: ", ")) from \(partition.second.joined(separator: ", "))"
            )
        }
        if options.lostOf200 > 0 { lines.append("Loss between hosts: \(Double(options.lostOf200) / 2)%") }
        return lines.joined(separator: "\n")
    }

    /// The same for programs.
    public var json: JSONValue {
        let plan = state.plan
        return [
            "name": .string(state.options.name), "isComplete": .bool(state.isComplete), "isHealthy": .bool(isHealthy),
            "kubeconfig": .string(plan.kubeconfig), "server": .string(plan.server), "logs": .string(plan.logs),
            "version": .string(TramaVersion.current), "options": state.options.json,
            "hosts": .array(plan.hosts.map { json(of: $0) }), "partitions": state.json["partitions"] ?? [],
        ]
    }

    /// ``json`` as text.
    public var jsonText: String { String(decoding: json.json, as: UTF8.self) }

    private func json(of host: HostPlan) -> JSONValue {
        var object: JSONValue = [
            "name": .string(host.name), "namespace": host.namespace.map { .string($0) } ?? nil,
            "addresses": .strings(host.addresses.map { "\($0.address)" }),
            "programs": .array(
                zip(state.processes, isAlive).filter { $0.0.host == host.name }.map { process, isAlive in
                    [
                        "name": .string(process.name), "pid": .integer(process.process.id), "isAlive": .bool(isAlive),
                    ]
                }
            ),
        ]
        if let node = nodes?.first(where: { $0.metadata.name == host.name }) {
            object["ready"] = .bool(node.isReady)
            object["version"] = .string(node.version)
        }
        return object
    }

    private func programs(of host: HostPlan) -> String {
        let all = zip(state.processes, isAlive).filter { $0.0.host == host.name }.map { process, isAlive in
            "\(process.name) (\(isAlive ? "\(process.process.id)" : "ended"))"
        }
        return all.isEmpty ? "-" : all.joined(separator: ", ")
    }

    private func readiness(of host: HostPlan) -> String {
        guard case .node = host.role else { return "-" }
        guard let nodes else { return "unknown" }
        guard let node = nodes.first(where: { $0.metadata.name == host.name }) else { return "not registered" }
        return node.isReady ? "Ready \(node.version)" : "NotReady: \(node.message.prefix(80))"
    }

    private static func table(_ rows: [[String]]) -> [String] {
        let count = rows.first?.count ?? 0
        let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, field in
                index == count - 1 ? field.0 : field.0 + String(repeating: " ", count: field.1 - field.0.count + 2)
            }.joined()
        }
    }
}
