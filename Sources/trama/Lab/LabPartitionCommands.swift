import ArgumentParser
import Lab

/// `trama lab partition`.
struct LabPartitionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partition",
        abstract: "Part hosts: no packet passes between them, in neither direction.",
        discussion: """
            `partition node-1 node-2` parts two hosts; `partition node-1 node-2 --from cp node-3` parts two groups, and \
            `partition node-1 --from rest` one host from all others. Partitions add up until they are healed.
            """
    )

    @OptionGroup var name: LabName

    @Argument(help: ArgumentHelp("cp, node-1, …, or outside: this machine.", valueName: "host"))
    var hosts: [String]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Hosts on the other side; `rest` is all others.", valueName: "host")
    )
    var from: [String] = []

    func run() async throws {
        let lab = try name.lab()
        try await LabOutput.failing { try await lab.partition(hosts, from: from) }
    }
}

/// `trama lab heal`.
struct LabHealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal",
        abstract: "Let all hosts hear each other again."
    )

    @OptionGroup var name: LabName

    func run() async throws {
        let lab = try name.lab()
        try await LabOutput.failing { try await lab.heal() }
    }
}
