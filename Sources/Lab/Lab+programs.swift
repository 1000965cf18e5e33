import KubernetesAPI
import KubernetesClient
import LabNetwork
import Netlink

extension Lab {
    /// Writes the kubeconfigs of the user, of the nodes and of cluster DNS, in which the control plane's folder has the
    /// keys of its authority.
    func writeKubeconfigs(_ plan: LabPlan, _ starter: LabStarter) async throws {
        guard let own = HostFiles.bytes(of: "\(plan.controlPlaneFolder)/admin.conf", limit: 1 << 20) else {
            throw LabError("the control plane has made no \(plan.controlPlaneFolder)/admin.conf")
        }
        try Self.write(own, to: plan.kubeconfig)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in plan.nodes {
                group.addTask { try await writeKubeconfig(plan, starter, node: node) }
            }
            if plan.options.hasDNS {
                group.addTask {
                    let command = programs.kubeconfig(plan, user: ClusterObjects.dnsUser, groups: [])
                    try await write(command, starter, to: "\(plan.folder)/dns.kubeconfig")
                }
            }
            try await group.waitForAll()
        }
    }

    /// Writes the kubeconfig of one node.
    func writeKubeconfig(_ plan: LabPlan, _ starter: LabStarter, node: Int) async throws {
        let host = plan.host(.node(node))
        let command = programs.kubeconfig(plan, user: "system:node:\(host.name)", groups: ["system:nodes"])
        try await write(command, starter, to: "\(plan.folder(of: host))/kubeconfig")
    }

    private func write(_ command: [String], _ starter: LabStarter, to path: String) async throws {
        let text = try await LabHost.current(name: "outside").run(
            command,
            environment: starter.environment(host: "cp")
        )
        try Self.write(Array(text.utf8), to: path)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(LabError) {
        guard HostFiles.write(bytes, to: path) == nil else { throw LabError("write \(path): not possible") }
    }

    /// Waits until nodes are ready.
    func waitUntilReady(
        _ names: Set<String>,
        _ plan: LabPlan,
        _ starter: LabStarter,
        _ processes: [LabState.Process],
        until end: ContinuousClock.Instant
    ) async throws {
        guard !names.isEmpty else { return }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await LabCluster.with(kubeconfig: plan.kubeconfig) { try await $0.waitUntilReady(names) }
                return true
            }
            group.addTask {
                // Nobody tells that a program of another session has ended.
                while ContinuousClock().now < end {
                    try starter.check(processes)
                    try await Task.sleep(for: .milliseconds(100))
                }
                let nodes = try await LabCluster.with(kubeconfig: plan.kubeconfig) { try await $0.nodes() }
                let waiting = names.sorted().filter { name in
                    !nodes.contains { $0.metadata.name == name && $0.isReady }
                }
                let reasons = waiting.map { name in
                    "\(name): \(nodes.first { $0.metadata.name == name }?.message ?? "has not registered")"
                }
                throw LabError("nodes that are not ready in time: \(reasons.joined(separator: "; ")); see \(plan.logs)")
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    /// Adds a node to the lab, and waits until it is ready.
    ///
    /// - Returns: Its name.
    public func addNode(within limit: Duration) async throws -> String {
        let folder = try LabFolder(name)
        var state = try presentState()
        guard
            let number = (1...LabOptions.nodeLimit(isRouted: state.options.isRouted)).first(where: { number in
                !state.nodes.contains(number)
            })
        else { throw LabError("lab \(name) has \(state.nodes.count) nodes, and can have no more") }
        let host = state.plan.host(.node(number))
        guard !NamespaceDirectory.names().contains(host.namespace ?? "") else {
            throw LabError("there is a network namespace \(host.namespace ?? ""): remove it (`ip netns delete`)")
        }
        state.nodes = (state.nodes + [number]).sorted()
        try folder.write(state)
        let plan = state.plan
        let starter = LabStarter(plan: plan, id: state.id)
        do {
            guard HostFiles.makeFolder(plan.folder(of: host)) == nil else {
                throw LabError("make \(plan.folder(of: host)): not possible")
            }
            let own = try await LabNetworkBuilder.open(plan).add(host)
            try await writeKubeconfig(plan, starter, node: number)
            let process = try starter.start(programs.node(number, plan), in: own)
            state.processes.append(process)
            try folder.write(state)
            try await waitUntilReady([host.name], plan, starter, [process], until: ContinuousClock().now + limit)
        } catch {
            let reason = error
            let present = state
            try await Task.detached { try await LabRemover(state: present).remove(host) }.value
            forget(number, host, &state)
            try folder.write(state)
            throw reason
        }
        return host.name
    }

    /// Takes a node away: its processes and pods, its Node, its host.
    public func removeNode(_ name: String) async throws {
        let folder = try LabFolder(self.name)
        var state = try presentState()
        guard let number = state.nodes.first(where: { state.plan.host(.node($0)).name == name }) else {
            let names = state.plan.nodeHosts.map(\.name).joined(separator: ", ")
            throw LabError("no node \(name): lab \(self.name) has \(names)")
        }
        let host = state.plan.host(.node(number))
        try await LabRemover(state: state).remove(host)
        try await LabCluster.with(kubeconfig: state.plan.kubeconfig) { try await $0.deleteNode(name) }
        forget(number, host, &state)
        try folder.write(state)
        try await LabNetworkBuilder.open(state.plan).impair(partitions: state.partitions)
    }

    private func forget(_ number: Int, _ host: HostPlan, _ state: inout LabState) {
        state.nodes.removeAll { $0 == number }
        state.processes.removeAll { $0.host == host.name }
        state.partitions = state.partitions.compactMap { partition in
            let first = partition.first.filter { $0 != host.name }
            let second = partition.second.filter { $0 != host.name }
            return first.isEmpty || second.isEmpty ? nil : Partition(first, second)
        }
    }
}
