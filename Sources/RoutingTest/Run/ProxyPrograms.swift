import JSON
import LabNetwork
import Netlink

/// The proxies of a test: the real program on each node, with the test's objects as manifests.
struct ProxyPrograms {
    /// Why a proxy does not serve.
    struct Failure: Error, CustomStringConvertible {
        let node: String
        let reason: String
        let log: [Substring]

        /// Which node's proxy, and the last lines of its log.
        var description: String {
            (["trama proxy on node \(node) \(reason)"] + log.suffix(15).map { "  \($0)" }).joined(separator: "\n")
        }
    }

    private let plan: NetworkPlan
    private let folder: RunFolder
    private var processes: [LabProcess] = []

    /// What a proxy writes to its log when its rules are in the kernel.
    private static let servedLine = "Services are served"
    /// How long a proxy may take for that.
    private static let patience: Duration = .seconds(30)

    /// Writes the manifests and starts a proxy on each node.
    ///
    /// - Parameter program: The path of `trama`.
    init(
        _ program: String,
        _ file: TestFile,
        _ plan: NetworkPlan,
        _ objects: ClusterObjects,
        _ network: TestNetwork,
        _ folder: RunFolder
    ) throws(NetlinkError) {
        self.plan = plan
        self.folder = folder
        let manifests = try RunFolder("\(folder.path)/manifests")
        for (number, object) in objects.objects.enumerated() {
            try RunFolder.write("\(manifests.path)/\(number).json", object.json)
        }
        for (node, host) in zip(plan.nodes, network.nodes) {
            processes.append(
                try host.start(
                    [program] + Self.arguments(node.name, manifests.path, file),
                    log: log(node.name),
                    environment: [
                        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "SWIFT_BACKTRACE": "enable=no",
                    ],
                    isDetached: false
                )
            )
        }
    }

    /// The command line of a node's proxy.
    static func arguments(_ node: String, _ manifests: String, _ file: TestFile) -> [String] {
        var arguments = ["proxy", "--manifests", manifests, "--hostname-override", node]
        let isDetecting = file.proxyFlags.contains { flag in
            ["--cluster-cidr", "--detect-local-mode", "--config"].contains { flag == $0 || flag.hasPrefix("\($0)=") }
        }
        if !isDetecting {
            arguments += ["--cluster-cidr", NetworkPlan.clusterCIDRs(file.families).joined(separator: ",")]
        }
        return arguments + file.proxyFlags
    }

    /// Where a node's proxy writes its log.
    func log(_ node: String) -> String { "\(folder.path)/\(node).log" }

    /// Waits until all serve.
    func serve() async throws {
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        for (node, process) in zip(plan.nodes, processes) {
            while true {
                let isAlive = process.isAlive
                let lines = readLog(node.name)
                if lines.contains(where: { $0.contains(Self.servedLine) }) { break }
                guard isAlive else { throw Failure(node: node.name, reason: "has ended:", log: lines) }
                guard clock.now < end else {
                    throw Failure(node: node.name, reason: "does not serve after \(Self.patience):", log: lines)
                }
                // A file that somebody writes can only be looked at again.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Proxies that have ended, with the ends of their logs.
    func ended() -> [Failure] {
        zip(plan.nodes, processes).compactMap { node, process in
            process.isAlive ? nil : Failure(node: node.name, reason: "ended during the test:", log: readLog(node.name))
        }
    }

    private func readLog(_ node: String) -> [Substring] {
        let bytes = RunFolder.read(log(node), limit: 16 << 20) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
