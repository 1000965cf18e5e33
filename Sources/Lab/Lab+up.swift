import KubernetesClient
import LabNetwork
import Netlink

extension Lab {
    /// Brings the lab up, and waits until all its nodes are ready.
    ///
    /// What was made is taken away again where that fails, and where the task is cancelled.
    ///
    /// - Parameters:
    ///   - options: What it is to be like; its name is the lab's.
    ///   - limit: How long it may take.
    public func up(_ options: LabOptions, within limit: Duration) async throws {
        var options = options
        options.name = name
        try options.check()
        let folder = try LabFolder(name)
        if let present = try folder.state() {
            try refuse(present, options)
            try await restart(present, folder, within: limit)
            return
        }
        try await checkMachine(options)
        options.subnets = try LabSubnet.choose(
            options,
            taken: try await LabMachine.takenPrefixes(besides: name)
        )
        var state = LabState(
            id: LabMachine.randomID(),
            bootID: LabMachine.bootID,
            began: LabMachine.now,
            options: options,
            nodes: Array(1..<(options.nodeCount + 1))
        )
        state.hadNoWireGuardFolder = !HostFiles.isThere(LabRemover.wireGuardFolder)
        try await checkNames(state.plan)
        try folder.write(state)
        do {
            try await build(&state, folder, within: limit)
            state.isComplete = true
            try folder.write(state)
        } catch {
            let reason = error
            report("Taking away what was made.")
            try await takeAway(state)
            folder.remove()
            throw reason
        }
    }

    /// Removes in a task that a cancelled one does not cancel: the waits in it are to be waited.
    private func takeAway(_ state: LabState) async throws {
        try await Task.detached { try await LabRemover(state: state).removeAll() }.value
    }

    /// Accepts a lab that is just as it is wanted, and refuses any other.
    private func refuse(_ present: LabState, _ options: LabOptions) throws(LabError) {
        var wanted = options
        if wanted.subnets.isEmpty { wanted.subnets = present.options.subnets }
        let remedy = "`trama lab down --name \(name)` takes it away"
        guard present.bootID == LabMachine.bootID else {
            throw LabError("lab \(name) is left from before the machine started: \(remedy)")
        }
        guard present.isComplete else { throw LabError("lab \(name) was begun and did not come up: \(remedy)") }
        guard present.options == wanted else { throw LabError("lab \(name) is up with other options: \(remedy)") }
    }

    private func checkMachine(_ options: LabOptions) async throws {
        if options.delayMilliseconds > 0 { try await LabNetworkBuilder.checkDelay(options.delayMilliseconds) }
        if options.store == .etcd {
            let found = try? await LabHost.current(name: "outside").run([programs.etcd, "--version"])
            guard found != nil else {
                throw LabError("--store etcd: there is no program \(programs.etcd); install it (Debian: etcd-server)")
            }
        }
    }

    /// Refuses to take what is there for the lab's own: it would be taken away with it.
    private func checkNames(_ plan: LabPlan) async throws {
        let names = NamespaceDirectory.names()
        if let taken = plan.namespaces.first(where: names.contains) {
            throw LabError(
                "there is a network namespace \(taken): remove it (`ip netns delete`), or use another --name"
            )
        }
        guard try await LabHost.current(name: "outside").network.link(named: plan.outsideLink) == nil else {
            throw LabError("there is a link \(plan.outsideLink): remove it (`ip link delete`), or use another --name")
        }
    }

    private func build(_ state: inout LabState, _ folder: borrowing LabFolder, within limit: Duration) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let plan = state.plan
        let starter = LabStarter(plan: plan, id: state.id)
        try makeFolders(plan)

        let hosts = try await makeHosts(plan, starter)
        guard let controlPlane = hosts[plan.controlPlane.name] else { return }
        report("Made \(hosts.count) hosts on \(plan.options.subnets.map { "\($0)" }.joined(separator: ", ")).")

        if plan.options.store == .etcd {
            let etcd = try starter.start(programs.etcd(plan), in: controlPlane)
            state.processes.append(etcd)
            try folder.write(state)
            try await waitForEtcd(etcd, starter, start, limit)
        }
        let server = try starter.start(programs.controlPlane(plan), in: controlPlane)
        state.processes.append(server)
        try folder.write(state)
        try await writeKubeconfigs(plan, starter)
        let mayStart = state.processes
        let nodes = Set(plan.nodeHosts.map(\.name))
        let started = try await LabCluster.with(kubeconfig: plan.kubeconfig) { cluster in
            try await cluster.waitUntilServing {
                try starter.check(mayStart)
                try Self.check(start, limit, "the API server")
            }
            report("The API server is at \(plan.server) after \(Self.seconds(clock.now - start)).")
            var started: [LabState.Process] = []
            for (number, host) in zip(plan.nodes, plan.nodeHosts) {
                guard let own = hosts[host.name] else { continue }
                started.append(try starter.start(programs.node(number, plan), in: own))
            }
            if plan.options.hasDNS {
                try await cluster.create(ClusterObjects.dns(plan))
                started.append(try starter.start(programs.dns(plan), in: controlPlane))
            }
            return started
        }
        state.processes += started
        try folder.write(state)
        try await waitUntilServerIsReady(state, starter, start, limit)
        try await waitUntilReady(nodes, plan, starter, started, until: start + limit)
        report("All \(nodes.count) nodes are ready after \(Self.seconds(clock.now - start)).")
    }

    /// Makes the network and the keys at the same time.
    private func makeHosts(_ plan: LabPlan, _ starter: LabStarter) async throws -> [String: LabHost] {
        let command = programs.initialize(plan)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let machine = try LabHost.current(name: "outside")
                try await machine.run(command, environment: starter.environment(host: "cp"))
            }
            let network = try await LabNetworkBuilder.begin(plan)
            try await network.impair(partitions: [])
            var hosts: [String: LabHost] = [:]
            for host in plan.hosts { hosts[host.name] = try await network.add(host) }
            try await group.waitForAll()
            return hosts
        }
    }

    private func makeFolders(_ plan: LabPlan) throws(LabError) {
        for path in [plan.logs] + plan.nodeHosts.map(plan.folder(of:)) {
            guard HostFiles.makeFolder(path) == nil else { throw LabError("make \(path): not possible") }
        }
    }

    /// Waits until etcd takes connections.
    func waitForEtcd(
        _ etcd: LabState.Process,
        _ starter: LabStarter,
        _ start: ContinuousClock.Instant,
        _ limit: Duration
    ) async throws {
        while !HostFiles.isListening(etcd.process.id, port: 2379) {
            try starter.check([etcd])
            try Self.check(start, limit, "etcd")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until the API server knows all that it keeps; until then it refuses some of what it is asked.
    func waitUntilServerIsReady(
        _ state: LabState,
        _ starter: LabStarter,
        _ start: ContinuousClock.Instant,
        _ limit: Duration
    ) async throws {
        try await LabCluster.with(kubeconfig: state.plan.kubeconfig) { cluster in
            try await cluster.waitUntilReady {
                try starter.check(state.processes)
                try Self.check(start, limit, "the API server")
            }
        }
    }

    private static func check(_ start: ContinuousClock.Instant, _ limit: Duration, _ what: String) throws(LabError) {
        guard ContinuousClock().now < start + limit else {
            throw LabError("\(what) did not come up within \(limit): see its log, or raise --timeout")
        }
    }

    /// A time as it is printed: `1.23 s`.
    static func seconds(_ duration: Duration) -> String {
        let hundredths = duration / .milliseconds(10)
        return "\((hundredths).rounded() / 100) s"
    }
}
