import Glibc
import LabNetwork
import Netlink

/// Takes away what was made for a lab, as far as it was made.
struct LabRemover {
    let state: LabState
    /// How long daemons get to end by themselves: time to take away sockets that are the machine's. All else that they
    /// would tidy up goes with the lab.
    private static let grace = Duration.milliseconds(500)
    /// How long control groups may be held by processes that have ended.
    private static let lingering = Duration.seconds(5)

    /// Takes away everything but the folder.
    ///
    /// - Throws: Where a process lives on, or a link cannot be deleted; then it can be tried again.
    func removeAll() async throws {
        let plan = state.plan
        try await end(state.processes.map(\.process), all: LabProcesses(state))
        for host in plan.nodeHosts { removePods(of: host) }
        for namespace in plan.namespaces { LabHost.remove(name: namespace) }
        // The machine's link goes with its other end, but only when the kernel comes to it.
        try await LabHost.current(name: "outside").deleteLink(plan.outsideLink)
        HostFiles.unmountAll(in: plan.folder)
        await removeControlGroups { _ in true }
        for node in plan.nodes { removeWireGuardSocket(node) }
        // Only if nothing is in it.
        if state.hadNoWireGuardFolder { unsafe rmdir(Self.wireGuardFolder) }
        NamespaceDirectory.removeIfEmpty()
    }

    /// Takes away one host.
    func remove(_ host: HostPlan) async throws {
        let own = state.processes.filter { $0.host == host.name }.map(\.process)
        try await end(own, all: LabProcesses(state, host: host))
        removePods(of: host)
        try await LabNetworkBuilder.open(state.plan).remove(host)
        HostFiles.unmountAll(in: state.plan.folder(of: host))
        HostFiles.remove(state.plan.folder(of: host))
        await removeControlGroups { $0 == host.name || $0 == "\(host.name)-pods" }
        if case .node(let node) = host.role { removeWireGuardSocket(node) }
    }

    /// Ends processes: the lab's own daemons first, which would start again what ends before them.
    private func end(_ own: [LabProcess], all: LabProcesses) async throws {
        if state.bootID == LabMachine.bootID { await LabProcess.end(own, grace: Self.grace) }
        // What has just forked is found in the next round.
        for _ in 0..<20 {
            let found = all.find()
            if found.isEmpty { return }
            for process in found { process.signal(SIGKILL) }
            _ = await LabProcess.wait(for: found, atMost: .seconds(1))
        }
        let left = all.find().map { "\($0.id)" }
        if !left.isEmpty {
            throw LabError(
                "processes \(left.joined(separator: ", ")) of lab \(state.options.name) do not end; try again"
            )
        }
    }

    /// Takes the names of pods' namespaces away; their links go with them.
    private func removePods(of host: HostPlan) {
        for namespace in LabPods(plan: state.plan).namespaces(of: host) { LabHost.remove(name: namespace) }
    }

    /// Removes control groups. A process that has ended holds its group until the last of its threads has ended, which
    /// nobody tells.
    private func removeControlGroups(of isWanted: (String) -> Bool) async {
        guard let mount = HostFiles.controlGroupMount() else { return }
        let root = "\(mount)/\(state.plan.controlGroup)"
        let clock = ContinuousClock()
        let end = clock.now + Self.lingering
        while true {
            let left = HostFiles.names(in: root).filter { isWanted($0) && !Self.removeFolders("\(root)/\($0)") }
            // Only if nothing is left in it.
            unsafe rmdir(root)
            guard !left.isEmpty, clock.now < end else { return }
            do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
        }
    }

    /// Removes the folders in a folder, and it; the files of control groups go with them.
    ///
    /// - Returns: Whether it is no folder, or no longer one.
    private static func removeFolders(_ path: String) -> Bool {
        var stack = [(path: path, isRead: false)]
        while let (path, isRead) = stack.popLast() {
            let isRemoved = unsafe rmdir(path) == 0
            if isRead || isRemoved { continue }
            // A file is ENOTDIR; a group with groups in it is EBUSY.
            guard errno == EBUSY || errno == ENOTEMPTY else { continue }
            stack.append((path, true))
            stack += HostFiles.names(in: path).map { ("\(path)/\($0)", false) }
        }
        return unsafe rmdir(path) == 0 || errno == ENOENT || errno == ENOTDIR
    }

    /// Where wireguard-go keeps its sockets, which it makes and leaves behind.
    static let wireGuardFolder = "/var/run/wireguard"

    /// wireguard-go takes its socket away itself, unless it was killed.
    private func removeWireGuardSocket(_ node: Int) {
        unsafe unlink("\(Self.wireGuardFolder)/\(state.plan.wireGuardDevice(node)).sock")
    }
}
