import Glibc
import JSON
import Netlink
import Testing

/// A control plane on the node of a proxy's test bed, and the user's own kubectl.
struct ControlPlaneBed {
    let bed: ProxyTestBed
    let folder: TemporaryFolder
    let program: ChildProcess
    private let etcd: ChildProcess?

    private static let address = "10.0.1.1"

    /// What holds the objects.
    enum Store: String, Sendable, CustomTestStringConvertible {
        case embedded, etcd

        /// Those that can be tested here.
        static var available: [Store] {
            access(EtcdClusterBed.etcd, X_OK) == 0 ? [.embedded, .etcd] : [.embedded]
        }

        var testDescription: String { rawValue }
    }

    /// Starts it and waits until it is ready.
    init(over store: Store = .embedded) async throws {
        bed = try await ProxyTestBed()
        folder = try TemporaryFolder()
        etcd = store == .etcd ? try Self.startEtcd(on: bed, folder) : nil
        program = try Self.start(on: bed, folder, overEtcd: etcd != nil)
        try await ready()
    }

    /// Starts it again on what it kept.
    init(again other: ControlPlaneBed) async throws {
        (bed, folder, etcd) = (other.bed, other.folder, other.etcd)
        program = try Self.start(on: bed, folder, overEtcd: etcd != nil)
        try await ready()
    }

    private static func start(
        on bed: ProxyTestBed,
        _ folder: TemporaryFolder,
        overEtcd: Bool
    ) throws -> ChildProcess {
        let own = ["control-plane", "--folder", "\(folder.path)/cp", "--advertise-address", address]
        return try bed.launch(exactly: own + (overEtcd ? ["--etcd-servers", "http://127.0.0.1:2379"] : []))
    }

    private static func startEtcd(on bed: ProxyTestBed, _ folder: TemporaryFolder) throws -> ChildProcess {
        let (client, peer) = ("http://127.0.0.1:2379", "http://127.0.0.1:2380")
        return try ChildProcess(
            [
                EtcdClusterBed.etcd, "--data-dir", "\(folder.path)/etcd", "--log-level", "error", "--logger", "zap",
                "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)", "--unsafe-no-fsync",
            ],
            in: bed.node.namespace
        )
    }

    private func ready() async throws {
        try await eventually("the control plane to be ready", within: .seconds(60)) { () -> Bool in
            if let ending = program.ending {
                throw NetlinkError(operation: "start a control plane; \(ending):\n\(program.text)", errno: ECHILD)
            }
            return (try? await kubectl("get", "--raw", "/readyz")) == "ok"
        }
    }

    /// The path of a kubeconfig that the control plane made.
    func kubeconfig(_ name: String = "admin.conf") -> String { "\(folder.path)/cp/\(name)" }

    /// Runs kubectl on the node as the administrator, and returns what it printed.
    @discardableResult
    func kubectl(_ arguments: String..., input: String = "") async throws -> String {
        let command = ["kubectl", "--kubeconfig", kubeconfig(), "--cache-dir", "\(folder.path)/cache"] + arguments
        return try await Program.run(
            command,
            in: bed.node.namespace.duplicate(),
            input: input
        )
    }

    /// Says of an object what only a node's own program says: members of its status.
    ///
    /// As a whole object, since kubectl before 1.24 patches no status.
    ///
    /// - Parameter path: The object's, such as `/api/v1/nodes/node-1`.
    func report(_ status: JSONValue, of path: String) async throws {
        try await eventually("the status of \(path) to be taken") { () -> Bool in
            var object = try JSONValue(json: Array(try await kubectl("get", "--raw", path).utf8))
            for member in status.object?.members ?? [] { object[path: "status", member.name] = member.value }
            let text = String(decoding: object.json, as: UTF8.self)
            // Somebody else may have written meanwhile.
            return (try? await kubectl("replace", "--raw", "\(path)/status", "-f", "-", input: text)) != nil
        }
    }

    /// Waits until kubectl prints this.
    func expect(_ text: String, from arguments: String..., within limit: Duration = .seconds(30)) async throws {
        var last = ""
        do {
            try await eventually("kubectl \(arguments) to print \(text)", within: limit) { () -> Bool in
                let command = ["kubectl", "--kubeconfig", kubeconfig()] + arguments
                last =
                    (try? await Program.run(
                        command,
                        in: bed.node.namespace.duplicate()
                    )) ?? ""
                return last == text
            }
        } catch is NeverHappened {
            throw NetlinkError(operation: "see \(text) of \(arguments); it was: \(last)", errno: ETIMEDOUT)
        }
    }
}
