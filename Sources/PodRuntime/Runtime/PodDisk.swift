import Addressing
import CLinux
import Glibc
import JSON
import KubernetesAPI
import Netlink
import PodLauncher

/// All that is kept in files, on a thread of its own.
actor PodDisk {
    private let executor = ThreadExecutor(name: "pod-disk")
    private let configuration: PodRuntimeConfiguration

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(configuration: PodRuntimeConfiguration) { self.configuration = configuration }

    /// Makes the folders.
    func prepare() throws {
        try SmallFiles.makeFolder("\(configuration.stateFolder)/pods", mode: 0o750)
        try SmallFiles.makeFolder(configuration.logFolder)
        // A node that was killed while it kept a pod for the first time had made nothing else of it.
        for uid in uids() {
            let folder = "\(configuration.stateFolder)/pods/\(uid)"
            if SmallFiles.names(in: folder).allSatisfy({ $0 == "pod.json.new" }) { SmallFiles.removeAll(folder) }
        }
    }

    /// The pods of which there is anything.
    func uids() -> [String] { SmallFiles.names(in: "\(configuration.stateFolder)/pods") }

    /// A pod as it was last applied.
    func savedPod(_ uid: String) -> JSONValue? {
        guard PodSpecification.isFileName(uid) else { return nil }
        let path = "\(configuration.stateFolder)/pods/\(uid)/pod.json"
        return (try? SmallFiles.read(path)).flatMap { try? JSONValue(json: $0) }
    }

    /// Whether there is anything of a pod.
    func hasFiles(_ paths: PodPaths) -> Bool { SmallFiles.exists(paths.folder) }

    /// Keeps a pod's object, for the time when the API server no longer has it.
    func save(_ pod: PodSpecification, _ paths: PodPaths) throws {
        try SmallFiles.makeFolder(paths.folder, mode: 0o750)
        // After a loss of power too it must be known whose addresses these are.
        try SmallFiles.replace(paths.pod, pod.object.json, isSynced: true)
    }

    // MARK: The sandbox

    func sandbox(_ paths: PodPaths) -> SandboxRecord? {
        (try? SmallFiles.read(paths.sandbox)).flatMap { try? JSONValue(json: $0) }.map { SandboxRecord(json: $0) }
    }

    func save(_ record: SandboxRecord, _ paths: PodPaths) throws {
        try SmallFiles.makeFolder(paths.folder, mode: 0o750)
        try SmallFiles.replace(paths.sandbox, record.json.json, isSynced: true)
    }

    func forgetSandbox(_ paths: PodPaths) { unsafe unlink(paths.sandbox) }

    /// Whether the namespaces are still bound: not after the machine was started anew.
    func isIntact(_ record: SandboxRecord) -> Bool {
        record.isComplete
            && [record.networkNamespace, record.utsNamespace, record.ipcNamespace]
                .allSatisfy { $0.map(Self.isNamespace) ?? true }
    }

    private static func isNamespace(_ path: String) -> Bool {
        var (own, bound) = (stat(), stat())
        // In bounds: the calls write one structure each. All namespaces are on the same file system.
        let areThere = unsafe stat("/proc/self/ns/net", &own) == 0 && stat(path, &bound) == 0
        return areThere && own.st_dev == bound.st_dev
    }

    /// The path as plug-ins get it: empty where there is no namespace any more.
    func pathForPlugins(_ path: String) -> String { Self.isNamespace(path) ? path : "" }

    func releaseNamespaces(_ record: SandboxRecord) {
        for path in [record.networkNamespace, record.utsNamespace, record.ipcNamespace] {
            guard let path else { continue }
            // In bounds: C strings.
            while unsafe clinux_unmount(path) >= 0 {}
            unsafe unlink(path)
        }
    }

    /// Writes what programs read of the pod's names and of the cluster's DNS.
    func writeNames(_ pod: PodSpecification, _ addresses: [IPAddress], _ paths: PodPaths) throws {
        let host = (try? SmallFiles.read("/etc/resolv.conf", limit: 65_536)) ?? []
        let settings = ResolverSettings(
            of: pod,
            clusterDNS: configuration.clusterDNS.map { "\($0)" },
            clusterDomain: configuration.clusterDomain,
            host: ResolverSettings(text: String(decoding: host, as: UTF8.self))
        )
        try SmallFiles.replace(paths.resolver, Array(settings.text.utf8), mode: 0o644)
        let names = PodNames(of: pod, clusterDomain: configuration.clusterDomain)
        if pod.usesHostNetwork {
            let hosts = (try? SmallFiles.read("/etc/hosts", limit: 1 << 20)) ?? []
            try SmallFiles.replace(paths.hosts, hosts, mode: 0o644)
        } else {
            let hosts = names.hostsFile(of: pod, addresses: addresses)
            try SmallFiles.replace(paths.hosts, Array(hosts.utf8), mode: 0o644)
            try SmallFiles.replace(paths.hostName, Array("\(names.kernelName(of: pod))\n".utf8), mode: 0o644)
        }
    }

    // MARK: Containers

    func save(
        _ specification: LaunchSpecification,
        _ paths: PodPaths,
        _ name: String,
        _ attempt: Int,
        messageFromLog: Bool
    ) throws {
        try SmallFiles.makeFolder(specification.rootFolder, mode: 0o750)
        try SmallFiles.makeFolder("\(paths.logFolder)/\(name)")
        // What is of older runs than the one before is nobody's any more.
        if attempt >= 2 {
            let old = attempt - 2
            for path in [
                paths.specification(name, old), paths.run(name, old), paths.exit(name, old), paths.message(name, old),
                "\(paths.message(name, old)).from-log", paths.log(name, old), "\(paths.log(name, old)).1",
            ] {
                unsafe unlink(path)
            }
        }
        // Writable for whoever the container's user is.
        try SmallFiles.replace(paths.message(name, attempt), [], mode: 0o666)
        if messageFromLog { try SmallFiles.replace("\(paths.message(name, attempt)).from-log", []) }
        try SmallFiles.replace(paths.specification(name, attempt), specification.json.json)
    }

    func specification(_ paths: PodPaths, _ name: String, _ attempt: Int) -> LaunchSpecification? {
        read(paths.specification(name, attempt)).flatMap { try? LaunchSpecification(json: $0) }
    }

    func run(_ paths: PodPaths, _ name: String, _ attempt: Int) -> RunRecord? {
        read(paths.run(name, attempt)).flatMap { RunRecord(json: $0) }
    }

    func containerRun(_ paths: PodPaths, _ name: String, _ attempt: Int) -> ContainerRun? {
        guard let record = run(paths, name, attempt), let specification = specification(paths, name, attempt) else {
            return nil
        }
        return ContainerRun(attempt: attempt, record: record, specification: specification)
    }

    func exit(_ paths: PodPaths, _ name: String, _ attempt: Int) -> ContainerExit? {
        guard let record = read(paths.exit(name, attempt)).flatMap({ ExitRecord(json: $0) }) else { return nil }
        var exit = ContainerExit(record, attempt: attempt)
        if exit.message.isEmpty { exit.message = message(paths, name, attempt, exit.exitCode) }
        return exit
    }

    /// What the program said of its end: in the file for it, or the end of its log where it asks for that.
    private func message(_ paths: PodPaths, _ name: String, _ attempt: Int, _ code: Int32) -> String {
        let own = (try? SmallFiles.read(paths.message(name, attempt), limit: 1 << 20)) ?? []
        if !own.isEmpty { return String(decoding: own.suffix(4_096), as: UTF8.self) }
        guard code != 0, SmallFiles.exists("\(paths.message(name, attempt)).from-log"),
            let log = try? SmallFiles.read(paths.log(name, attempt), limit: 64 << 20)
        else { return "" }
        var (tail, filter) = (LogTail(count: 80), LogFilter())
        tail.take(log)
        let text = tail.lines.flatMap { filter.take($0) }
        return String(decoding: text.suffix(2_048), as: UTF8.self)
    }

    private func read(_ path: String) -> JSONValue? {
        (try? SmallFiles.read(path)).flatMap { try? JSONValue(json: $0) }
    }

    /// What an earlier runtime left of a pod's containers.
    func leftovers(_ pod: PodSpecification, _ paths: PodPaths) -> [String: PodMachine.Leftover] {
        var leftovers: [String: PodMachine.Leftover] = [:]
        for container in pod.allContainers {
            let name = container.name
            let attempts = SmallFiles.names(in: paths.container(name)).compactMap { file -> Int? in
                guard file.hasSuffix(".run") || file.hasSuffix(".exit") else { return nil }
                return file.split(separator: ".").first.flatMap { Int($0) }
            }
            guard let attempt = attempts.max(), attempt >= 0 else { continue }
            var leftover = PodMachine.Leftover(attempt: attempt)
            if attempt > 0 { leftover.previousExit = exit(paths, name, attempt - 1) }
            if let exit = exit(paths, name, attempt) {
                leftover.exit = exit
            } else if let run = run(paths, name, attempt) {
                if run.supervisor.isAlive {
                    leftover.runningSince = Timestamp(run.startedAt)
                } else if let exit = exit(paths, name, attempt) {
                    // It ended between the two looks.
                    leftover.exit = exit
                } else {
                    run.initial.signal(SIGKILL)
                    leftover.exit = .unknown(attempt: attempt, startedAt: Timestamp(run.startedAt))
                }
            }
            leftovers[name] = leftover
        }
        return leftovers
    }

    /// Ends containers whose network is gone: they would go on beside their successors.
    func ended(
        _ leftovers: [String: PodMachine.Leftover],
        _ paths: PodPaths
    ) -> [String: PodMachine.Leftover] {
        var leftovers = leftovers
        for (name, leftover) in leftovers {
            guard let startedAt = leftover.runningSince else { continue }
            run(paths, name, leftover.attempt)?.initial.signal(SIGKILL)
            leftovers[name]?.runningSince = nil
            leftovers[name]?.exit = .unknown(attempt: leftover.attempt, startedAt: startedAt)
        }
        return leftovers
    }

    /// Locks a run whose specification is saved; the launcher hands the lock on to whoever writes what comes of it.
    ///
    /// - Returns: A descriptor, to be closed by the caller.
    func lock(_ paths: PodPaths, _ name: String, _ attempt: Int) throws -> Int32 {
        let path = paths.specification(name, attempt)
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw LauncherError("open \(path)", errno: errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(file)
            throw LauncherError("lock \(path)", errno: number)
        }
        return file
    }

    /// Whether somebody is starting this run just now, and so may yet write what comes of it.
    func isStarting(_ paths: PodPaths, _ name: String, _ attempt: Int) -> Bool {
        do {
            close(try lock(paths, name, attempt))
            return false
        } catch {
            return SmallFiles.exists(paths.specification(name, attempt))
        }
    }

    /// Whether a container is being started, by a launcher that an earlier process left.
    func hasStarting(_ pod: PodSpecification, _ paths: PodPaths) -> Bool {
        pod.allContainers.contains { container in
            let files = SmallFiles.names(in: paths.container(container.name))
            return files.contains { file in
                guard file.hasSuffix(".json"), let attempt = Int(file.dropLast(5)) else { return false }
                return !files.contains("\(attempt).run") && !files.contains("\(attempt).exit")
                    && isStarting(paths, container.name, attempt)
            }
        }
    }
}

extension ContainerExit {
    /// What the supervisor wrote, in upstream's words.
    init(_ record: ExitRecord, attempt: Int) {
        self.init(
            attempt: attempt,
            exitCode: record.exitCode,
            reason: record.startError == nil
                ? Self.reason(exitCode: record.exitCode, isOutOfMemory: record.isOutOfMemory) : "StartError",
            message: record.startError ?? "",
            startedAt: Timestamp(record.startedAt),
            finishedAt: Timestamp(record.finishedAt)
        )
    }

    /// A run of which nobody saw the end.
    static func unknown(attempt: Int, startedAt: Timestamp?) -> ContainerExit {
        ContainerExit(
            attempt: attempt,
            exitCode: 137,
            reason: "ContainerStatusUnknown",
            message: "The container could not be located when the pod was terminated",
            startedAt: startedAt,
            finishedAt: .now
        )
    }
}

extension Timestamp {
    /// The launcher's time as the API's.
    init(_ time: WallClock) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }
}
