import ArgumentParser
import Lab

/// `trama lab exec`.
struct LabExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command on a host, or in a pod.",
        discussion: """
            The command takes the place of this program: its exit status is the command's. It has KUBECONFIG of the lab's \
            administrator. In a pod it is a program of this machine in the namespaces of the pod's first process.
            """
    )

    @OptionGroup var name: LabName

    @Argument(help: ArgumentHelp("cp, node-1, …, underlay, or pod/NAMESPACE/NAME.", valueName: "host|pod"))
    var place: String

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("After --: the command; by default a shell.", valueName: "command")
    )
    var command: [String] = []

    func run() async throws {
        let lab = try name.lab()
        try await LabOutput.failing { throw try lab.become(command.isEmpty ? ["/bin/sh"] : command, at: place) }
    }
}
