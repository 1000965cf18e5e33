import Glibc
import JSON
import KubernetesAPI
import Logging
import PodLauncher

/// The pods' cgroups, of version 2: one for each pod, and in it one for each run of a container.
struct ContainerGroups: Sendable {
    /// The parent of the pods'; nil where there are none.
    let folder: String?

    /// Makes the parent, and says once what cannot be had.
    ///
    /// - Parameter path: Below the mount point of cgroup v2; nil for no cgroups.
    init(path: String?, logger: Logger) {
        guard let path else {
            folder = nil
            return
        }
        let bases = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        guard let base = bases.first(where: { SmallFiles.exists("\($0)/cgroup.subtree_control") }) else {
            logger.warning("limits of pods are not enforced: cgroup v2 is not mounted")
            folder = nil
            return
        }
        var folder = base
        Self.enable(folder)
        for name in path.split(separator: "/") where name != ".." {
            folder += "/\(name)"
            guard unsafe mkdir(folder, 0o755) == 0 || errno == EEXIST else {
                logger.warning("limits of pods are not enforced: the cgroup \(folder) cannot be made")
                self.folder = nil
                return
            }
            Self.enable(folder)
        }
        let controllers = (try? SmallFiles.read("\(folder)/cgroup.controllers", limit: 4096)) ?? []
        let names = String(decoding: controllers, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let missing = ["cpu", "memory", "pids"].filter { name in !names.contains { $0 == name } }
        if !missing.isEmpty {
            logger.warning("limits of pods are not enforced for \(missing.joined(separator: ", ")): no such controller")
        }
        self.folder = folder
    }

    private static func enable(_ folder: String) {
        for controller in ["cpu", "memory", "pids"] {
            SmallFiles.set("\(folder)/cgroup.subtree_control", "+\(controller)")
        }
    }

    private func folder(of uid: String) -> String? { folder.map { "\($0)/pod\(uid)" } }

    /// Makes the cgroup of a run with the container's limits; nil where there are none.
    func make(_ uid: String, _ container: ContainerSpecification, attempt: Int) -> String? {
        guard let pod = folder(of: uid) else { return nil }
        guard unsafe mkdir(pod, 0o755) == 0 || errno == EEXIST else { return nil }
        Self.enable(pod)
        let path = "\(pod)/\(container.name)-\(attempt)"
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { return nil }
        let resources = container.object["resources"]
        if let memory = ResourceClass.amount(resources, "limits", "memory")?.wholeUnits {
            SmallFiles.set("\(path)/memory.max", "\(memory)")
            SmallFiles.set("\(path)/memory.swap.max", "0")
        }
        if let cpu = ResourceClass.amount(resources, "limits", "cpu")?.thousandths {
            // In microseconds of 100 ms; the kernel takes no less than 1 ms.
            SmallFiles.set("\(path)/cpu.max", "\(max(1_000, cpu.multipliedSaturating(by: 100))) 100000")
        }
        if let cpu = ResourceClass.amount(resources, "requests", "cpu")?.thousandths {
            SmallFiles.set("\(path)/cpu.weight", "\(min(10_000, max(1, cpu / 10)))")
        }
        return path
    }

    /// The cgroup of a run where it exists.
    func path(_ uid: String, _ container: String, attempt: Int) -> String? {
        guard let pod = folder(of: uid) else { return nil }
        let path = "\(pod)/\(container)-\(attempt)"
        return SmallFiles.exists(path) ? path : nil
    }

    /// Ends what is in a pod's cgroups and removes them; false where something is still ending.
    func remove(_ uid: String) -> Bool {
        guard let pod = folder(of: uid), SmallFiles.exists(pod) else { return true }
        for name in SmallFiles.names(in: pod) {
            let path = "\(pod)/\(name)"
            if SmallFiles.exists("\(path)/cgroup.procs") { ControlGroup.end(path) }
        }
        return ControlGroup.end(pod)
    }
}

extension Int64 {
    fileprivate func multipliedSaturating(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
