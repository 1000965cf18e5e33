import Addressing
import ArgumentParser
import ControlPlane

/// `trama control-plane init`: makes the files of a control plane, and runs nothing.
struct ControlPlaneInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the authority, the certificates and the kubeconfigs, and run nothing.",
        discussion: """
            What is there stays: an authority of kubeadm or openssl in pki/ca.crt and pki/ca.key is taken. Files can be \
            read by their owner only.
            """
    )

    @OptionGroup var options: ControlPlaneOptions

    func run() throws {
        for path in try ControlPlaneProcess.prepare(try options.makeConfiguration()) { print(path) }
    }
}

/// `trama control-plane kubeconfig`: prints a kubeconfig for a user, signed by the authority in the folder.
struct ControlPlaneKubeconfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubeconfig",
        abstract: "Print a kubeconfig for a user; what the user may do is up to roles and bindings.",
        discussion: """
            A node's: --user system:node:NAME --group system:nodes. Its certificate is also that of the node's server \
            of logs and commands, which the API server recognizes by NAME. A certificate counts for a year and cannot be \
            called back.
            """
    )

    @OptionGroup var options: ControlPlaneOptions

    @Option(help: ArgumentHelp("Name of the user.", valueName: "name"))
    var user: String

    @Option(name: .customLong("group"), help: ArgumentHelp("Group of the user; may be repeated.", valueName: "name"))
    var groups: [String] = []

    @Option(
        name: .customLong("address"),
        help: ArgumentHelp(
            "Address that a node's certificate is for, besides the node's name; may be repeated.",
            valueName: "address"
        ),
        transform: { text in
            guard let address = IPAddress(text) else { throw ValidationError("\(text) is no IPv4 or IPv6 address") }
            return address
        }
    )
    var addresses: [IPAddress] = []

    func run() throws {
        let configuration = try options.makeConfiguration()
        let text = try ControlPlaneProcess.kubeconfig(configuration, user: user, groups: groups, addresses: addresses)
        print(text, terminator: "")
    }
}
