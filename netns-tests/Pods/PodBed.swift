import Addressing
import Glibc
import JSON
import Netlink

/// A node of a test's own: a host in a namespace of its own, with `pod-host` on it and Debian's plug-ins `bridge` and
/// `host-local`.
final class PodBed: Sendable {
    let host: Host
    let folder: TemporaryFolder
    let path: String
    private let programs: String

    /// Whether Debian's plug-ins are there.
    static let hasPlugins = access("/usr/lib/cni/bridge", X_OK) == 0 && access("/usr/lib/cni/host-local", X_OK) == 0

    static func make() async throws -> PodBed {
        let bed = try PodBed(host: try await Host.make("node"))
        for name in ["cni", "pods", "status", "asks", "answers"] { mkdir(bed.folder.path(name), 0o755) }
        try bed.folder.write(
            "cni/10-test.conflist",
            """
            {"cniVersion":"1.0.0","name":"test","plugins":[{"type":"bridge","bridge":"pods0","isGateway":true,
            "ipam":{"type":"host-local","dataDir":"\(bed.path)/addresses","ranges":[[{"subnet":"10.88.7.0/24"}]],
            "routes":[{"dst":"0.0.0.0/0"}]}}]}
            """
        )
        try bed.folder.write("cni/20-other.conflist", "{}")
        return bed
    }

    private init(host: Host) throws {
        self.host = host
        folder = try TemporaryFolder()
        path = folder.path
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        programs = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
    }

    /// The launcher.
    var launcher: String { "\(programs)/trama-pod" }

    /// Starts the node.
    ///
    /// - Parameter launcher: In place of the usual one.
    func start(_ more: String..., launcher: String? = nil) throws -> ChildProcess {
        try ChildProcess(
            ["\(programs)/pod-host", path, launcher ?? self.launcher, "192.0.2.10"] + more,
            variables: ["SWIFT_BACKTRACE=enable=no"],
            in: host.namespace
        )
    }

    /// Runs a body with a node, and ends all pods after it.
    func run(_ body: (PodBed) async throws -> Void) async throws {
        let node = try start()
        do {
            try await body(self)
        } catch {
            try? await end(node)
            throw error
        }
        try await end(node)
    }

    /// Ends all pods, and then the node.
    func end(_ node: ChildProcess) async throws {
        for name in names("pods") { try folder.remove("pods/\(name)") }
        try await eventually("the end of all pods; the node wrote \(node.text)") { names("state/pods").isEmpty }
        node.signal(SIGKILL)
        try await node.end()
        removeGroup()
    }

    /// Removes the node's cgroup, which is not removed with the pods'.
    func removeGroup() {
        let group = "trama-test-\(path.split(separator: "/").last ?? "")"
        for base in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] { rmdir("\(base)/\(group)") }
    }

    /// The names in one of its folders.
    func names(_ folder: String) -> [String] {
        guard let directory = opendir("\(path)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// How many processes of this machine run a command.
    static func processes(of command: String...) -> Int {
        guard let directory = opendir("/proc") else { return 0 }
        defer { closedir(directory) }
        let wanted = command.map { "\($0)\0" }.joined()
        var count = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int(name) != nil, let line = try? TemporaryFolder.read("/proc/\(name)/cmdline") else { continue }
            if line == wanted { count += 1 }
        }
        return count
    }

    /// Gives it a pod, or another version of one.
    ///
    /// - Parameter spec: JSON of `spec`.
    /// - Returns: Its UID.
    @discardableResult
    func apply(_ name: String, _ spec: String, metadata: String = "") throws -> String {
        let uid = "\(name)-\(getpid())"
        let extra = metadata.isEmpty ? "" : ",\(metadata)"
        let text = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(name)","namespace":"default","uid":"\(uid)",
            "labels":{"app":"\(name)"}\(extra)},"spec":\(spec)}
            """
        try folder.write("pods/\(uid).new", text)
        try folder.rename("pods/\(uid).new", to: "pods/\(uid).json")
        return uid
    }

    /// What was last reported of a pod.
    func report(_ uid: String) -> JSONValue? {
        (try? folder.read("status/\(uid).json")).flatMap { try? JSONValue(json: Array($0.utf8)) }
    }

    /// Waits for a report.
    @discardableResult
    func report(
        _ uid: String,
        _ what: String,
        within limit: Duration = .seconds(40),
        _ isSo: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        do {
            return try await eventually(what, within: limit) {
                guard let report = self.report(uid), isSo(report) else { return nil }
                return report
            }
        } catch {
            let last = report(uid).map { String(decoding: $0.json, as: UTF8.self) } ?? "nothing"
            throw NetlinkError(operation: "wait for \(what); the last report is \(last)", errno: ETIMEDOUT)
        }
    }

    /// Waits until a pod is ready.
    @discardableResult
    func ready(_ uid: String) async throws -> JSONValue {
        try await report(uid, "\(uid) to be ready") { $0.condition("Ready") == "True" }
    }

    /// Asks the node for logs, or to run a program; what came.
    func ask(_ pod: String, _ question: String) async throws -> String {
        let number = "\(UInt32.random(in: 0...UInt32.max))"
        try folder.write("asks.\(number)", "{\"pod\":\"\(pod)\",\(question)}")
        try folder.rename("asks.\(number)", to: "asks/\(number)")
        return try await eventually("an answer to \(question)") { try? self.folder.read("answers/\(number)") }
    }
}

extension JSONValue {
    /// The truth of a condition in a report.
    func condition(_ type: String) -> String? {
        let conditions = self[path: "status", "conditions"]?.array ?? []
        return conditions.first { $0["type"]?.string == type }?["status"]?.string
    }

    /// The status of a container in a report.
    func container(_ name: String) -> JSONValue? {
        let all =
            (self[path: "status", "containerStatuses"]?.array ?? [])
            + (self[path: "status", "initContainerStatuses"]?.array ?? [])
        return all.first { $0["name"]?.string == name }
    }

    var phase: String { self[path: "status", "phase"]?.string ?? "" }
    var podIP: String { self[path: "status", "podIP"]?.string ?? "" }
}
