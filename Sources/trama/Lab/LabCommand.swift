import ArgumentParser
import Lab

/// `trama lab`: a cluster on this machine.
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Run a cluster on this machine, each host a network namespace.",
        discussion: """
            A laboratory: the hosts share this machine's files, users and process numbers, and its kernel. Needs root.

            Exit status: 0; 1 after a failure; 64 for arguments that cannot be understood.
            """,
        subcommands: [
            LabUpCommand.self, LabDownCommand.self, LabStatusCommand.self, LabExecCommand.self,
            LabAddNodeCommand.self, LabRemoveNodeCommand.self, LabPartitionCommand.self, LabHealCommand.self,
        ]
    )
}

/// Which lab a command is about.
struct LabName: ParsableArguments {
    @Option(help: ArgumentHelp("Name of the lab; several can be up side by side.", valueName: "name"))
    var name = "trama"

    /// The lab, which says what it does on standard error.
    func lab() throws -> Lab {
        do {
            return try Lab(name) { LabOutput.report($0) }
        } catch {
            throw ValidationError(error.description)
        }
    }
}
