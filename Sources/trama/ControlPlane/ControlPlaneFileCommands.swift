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
            A node's: --user system:node:NAME --group system:nodes. A certificate counts for a year and cannot be \
            called back.
            """
    )

    @OptionGroup var options: ControlPlaneOptions

    @Option(help: ArgumentHelp("Name of the user.", valueName: "name"))
    var user: String

    @Option(name: .customLong("group"), help: ArgumentHelp("Group of the user; may be repeated.", valueName: "name"))
    var groups: [String] = []

    func run() throws {
        let configuration = try options.makeConfiguration()
        print(try ControlPlaneProcess.kubeconfig(configuration, user: user, groups: groups), terminator: "")
    }
}
