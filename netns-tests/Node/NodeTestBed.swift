import Glibc
import JSON
import Netlink
import Synchronization

/// A control plane on a host of its own, hosts that run nodes, and the user's kubectl.
///
/// The control plane is on `cp` (10.0.1.2); node number N from 1 is `node-N`, at 10.0.(N+1).2.
final class NodeTestBed: Sendable {
    let lab: Lab
    let folder: TemporaryFolder
    let nodes: [NodeHost]
    private let controlPlane: Mutex<ChildProcess>
    private let arguments: [String]

    private static let address = "10.0.1.2"

    /// Starts the control plane, and makes a kubeconfig for each node; no node runs yet.
    init(nodes count: Int = 1, _ arguments: String...) async throws {
        let names = (1...count).map { "node-\($0)" }
        let lab = try await Lab(hosts: ["cp"] + names)
        self.lab = lab
        let folder = try TemporaryFolder()
        self.folder = folder
        let own = ["control-plane", "--folder", folder.path("cp"), "--advertise-address", Self.address]
        self.arguments = own + arguments
        controlPlane = Mutex(try TramaProgram.start(own + arguments, on: lab["cp"]))
        nodes = try names.map { NodeHost(name: $0, host: lab[$0], folder: try TemporaryFolder()) }
        try await ready()
        for node in nodes {
            let made = try await TramaProgram.run(
                "control-plane",
                "kubeconfig",
                "--folder",
                folder.path("cp"),
                "--advertise-address",
                Self.address,
                "--user",
                "system:node:\(node.name)",
                "--group",
                "system:nodes",
                on: lab["cp"]
            )
            try node.folder.write("kubeconfig", made.text)
        }
    }

    subscript(_ index: Int) -> NodeHost { nodes[index] }

    private func ready() async throws {
        try await eventually("the control plane to be ready", within: .seconds(60)) { () -> Bool in
            let (ending, text) = controlPlane.withLock { ($0.ending, $0.text) }
            if let ending {
                throw NetlinkError(operation: "start a control plane; \(ending):\n\(text)", errno: ECHILD)
            }
            if (try? await kubectl("get", "--raw", "/readyz")) == "ok" { return true }
            try await Task.sleep(for: .milliseconds(100))
            return false
        }
    }

    /// Kills the control plane, and returns when it is gone.
    func killControlPlane() async throws {
        let program = controlPlane.withLock { $0 }
        program.signal(SIGKILL)
        _ = try await program.end()
    }

    /// Starts it again on what it kept, and waits until it is ready.
    func restartControlPlane() async throws {
        let started = try TramaProgram.start(arguments, on: lab["cp"])
        controlPlane.withLock { $0 = started }
        try await ready()
    }

    /// Runs kubectl on the control plane's host as the administrator, and returns what it printed.
    @discardableResult
    func kubectl(_ arguments: String..., input: String = "") async throws -> String {
        try await kubectl(arguments, input: input)
    }

    private func kubectl(_ arguments: [String], input: String = "") async throws -> String {
        let command = ["kubectl", "--kubeconfig", folder.path("cp/admin.conf"), "--cache-dir", folder.path("cache")]
        return try await Program.run(command + arguments, in: lab["cp"].namespace.duplicate(), input: input)
    }

    /// Waits until kubectl prints what is right.
    @discardableResult
    func expect(
        _ what: String,
        from arguments: String...,
        within limit: Duration = .seconds(40),
        _ isRight: (String) -> Bool
    ) async throws -> String {
        var last = ""
        do {
            return try await eventually("kubectl \(arguments)", within: limit) { () -> String? in
                last = (try? await kubectl(arguments)) ?? ""
                if isRight(last) { return last }
                try await Task.sleep(for: .milliseconds(100))
                return nil
            }
        } catch is NeverHappened {
            let pods = (try? await kubectl("get", "pods", "-A", "-o", "wide")) ?? ""
            let logs = nodes.map { "\($0.name):\n\($0.text.suffix(6_000))" }.joined(separator: "\n")
            throw NetlinkError(operation: "see \(what); it was: \(last)\n\(pods)\n\(logs)", errno: ETIMEDOUT)
        }
    }

    /// Waits until kubectl prints this.
    func expect(_ text: String, from arguments: String..., within limit: Duration = .seconds(40)) async throws {
        var last = ""
        do {
            try await eventually("kubectl \(arguments)", within: limit) { () -> Bool in
                last = (try? await kubectl(arguments)) ?? ""
                if last == text { return true }
                try await Task.sleep(for: .milliseconds(100))
                return false
            }
        } catch is NeverHappened {
            let pods = (try? await kubectl("get", "pods", "-A", "-o", "wide")) ?? ""
            let logs = nodes.map { "\($0.name):\n\($0.text.suffix(6_000))" }.joined(separator: "\n")
            throw NetlinkError(operation: "see \(text); it was: \(last)\n\(pods)\n\(logs)", errno: ETIMEDOUT)
        }
    }

    /// Waits until a node says that it is ready.
    func expectReady(_ name: String, within limit: Duration = .seconds(30)) async throws {
        let path = #"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#
        try await expect("True", from: "get", "node", name, "-o", path, "--ignore-not-found", within: limit)
    }
}

/// A host that runs a node; what it runs ends with this object.
final class NodeHost: Sendable {
    let name: String
    let host: Host
    let folder: TemporaryFolder
    private let wireGuardDevice = WireGuardHost.makeDeviceName()
    private let process = Mutex<ChildProcess?>(nil)

    init(name: String, host: Host, folder: TemporaryFolder) {
        (self.name, self.host, self.folder) = (name, host, folder)
    }

    deinit {
        process.withLock { $0?.signal(SIGKILL) }
        WireGuardHost.end(wireGuardDevice)
        endPods()
    }

    /// Starts the node.
    func launch(_ arguments: String...) throws {
        let own = [
            "node", "--kubeconfig", folder.path("kubeconfig"), "--hostname-override", name, "--state-dir",
            folder.path("state"), "--log-dir", folder.path("logs"), "--cni-conf-dir", folder.path("cni"), "--socket",
            folder.path("overlay.sock"), "--wireguard-device", wireGuardDevice, "--cgroup-root", "", "-v2",
        ]
        let started = try TramaProgram.start(own + arguments, on: host)
        process.withLock { $0 = started }
    }

    /// The running program.
    var program: ChildProcess {
        get throws {
            guard let program = process.withLock({ $0 }) else {
                throw NetlinkError(operation: "find the node \(name)", errno: ESRCH)
            }
            return program
        }
    }

    /// What it wrote.
    var text: String { process.withLock { $0?.text } ?? "" }

    /// Ends the node with a signal, and waits for its end.
    @discardableResult
    func end(by signal: Int32) async throws -> ChildProcess.Ending {
        try program.signal(signal)
        return try await program.end(within: .seconds(30))
    }

    /// Kills what the node started and left behind: processes whose arguments name its folder.
    private func endPods() {
        guard let directory = opendir("/proc") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let number = pid_t(name), number != getpid(),
                let words = try? TemporaryFolder.read("/proc/\(name)/cmdline"), words.contains(folder.path)
            else { continue }
            kill(number, SIGKILL)
        }
    }
}
