import Addressing
import ArgumentParser
import Node
import Overlay

/// Who the node is.
struct NodeIdentityOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How to reach the API server, and as whom.", valueName: "path"))
    var kubeconfig: String = "/etc/kubernetes/kubelet.conf"

    @Option(
        name: [.customLong("hostname-override"), .customLong("name")],
        help: ArgumentHelp("The Node's name. (default: the host's name)", valueName: "name")
    )
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The node's addresses, at most one of each family. (default: those of the default routes)",
            valueName: "address,…"
        )
    )
    var nodeIp: [String] = []

    @Option(help: ArgumentHelp("Labels besides those that every node has.", valueName: "key=value,…"))
    var nodeLabels: [String] = []

    @Option(
        help: ArgumentHelp("Taints that a new Node has.", valueName: "key=value:effect,…")
    )
    var registerWithTaints: [String] = []

    @Option(
        help: ArgumentHelp(
            "Seconds for which a renewal of the node's Lease counts; it is renewed four times in them.",
            valueName: "seconds"
        )
    )
    var nodeLeaseDuration = 40

    @Option(help: ArgumentHelp("Where everything is kept that is to outlive the process.", valueName: "folder"))
    var stateDir: String = "/var/lib/trama"

    func apply(to configuration: inout NodeConfiguration) throws {
        configuration.nodeNameOverride = name
        configuration.leaseDuration = .seconds(nodeLeaseDuration)
        configuration.stateFolder = stateDir
        configuration.overlay?.stateFolder = "\(stateDir)/overlay"
        configuration.nodeAddresses = try nodeIp.flatMap { Self.parts($0) }.map { text in
            guard let address = IPAddress(text) else {
                throw ValidationError("--node-ip \(text): must be an IPv4 or IPv6 address")
            }
            return address
        }
        for text in nodeLabels.flatMap({ Self.parts($0) }) {
            let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw ValidationError("--node-labels \(text): must be key=value") }
            configuration.labels[String(pair[0])] = String(pair[1])
        }
        configuration.taints = try registerWithTaints.flatMap { Self.parts($0) }.map { text in
            guard let taint = NodeConfiguration.Taint(text) else {
                throw ValidationError("--register-with-taints \(text): must be key=value:effect")
            }
            return taint
        }
    }

    /// What stands between commas.
    static func parts(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0) }
    }
}
