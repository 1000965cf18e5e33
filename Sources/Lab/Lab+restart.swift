import LabNetwork

extension Lab {
    /// Starts those of the lab's programs again that have ended, and waits until all nodes are ready.
    ///
    /// Nothing is taken away where that fails: what ran before runs on.
    func restart(_ present: LabState, _ folder: borrowing LabFolder, within limit: Duration) async throws {
        var state = present
        let start = ContinuousClock().now
        let plan = state.plan
        let starter = LabStarter(plan: plan, id: state.id)
        var names: [String] = []
        // In the order of their first start, in which each has what it needs.
        for index in state.processes.indices where !state.processes[index].process.isAlive {
            let ended = state.processes[index]
            guard let command = programs.command(ended.name, plan),
                let namespace = plan.hosts.first(where: { $0.name == command.host })?.namespace
            else { continue }
            let process = try starter.start(command, in: try LabHost.open(name: namespace))
            state.processes[index] = process
            try folder.write(state)
            names.append(process.name)
            if process.name == LabPrograms.etcdName { try await waitForEtcd(process, starter, start, limit) }
        }
        guard !names.isEmpty else { return report("Lab \(name) is up already.") }
        report("Started again what had ended: \(names.joined(separator: ", ")).")
        try await waitUntilServerIsReady(state, starter, start, limit)
        let nodes = Set(plan.nodeHosts.map(\.name))
        try await waitUntilReady(nodes, plan, starter, state.processes, until: start + limit)
        report("All \(nodes.count) nodes are ready after \(Self.seconds(ContinuousClock().now - start)).")
    }
}
