import ArgumentParser
import Lab

/// `trama lab add-node`.
struct LabAddNodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-node",
        abstract: "Add a node to a cluster and wait until it is ready; prints its name."
    )

    @OptionGroup var name: LabName

    @Option(help: ArgumentHelp("Seconds after which it is given up.", valueName: "seconds"))
    var timeout = 120

    func run() async throws {
        let lab = try name.lab()
        guard 1...3600 ~= timeout else { throw ValidationError("--timeout \(timeout): must be 1 to 3600 seconds") }
        let limit = Duration.seconds(timeout)
        try await LabOutput.failing {
            try await LabInterrupt.run { print(try await lab.addNode(within: limit)) }
        }
    }
}

/// `trama lab rm-node`.
struct LabRemoveNodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm-node",
        abstract: "Take a node away: its programs and pods, its Node and its host."
    )

    @OptionGroup var name: LabName

    @Argument(help: ArgumentHelp("Which one.", valueName: "node"))
    var node: String

    func run() async throws {
        let lab = try name.lab()
        try await LabOutput.failing { try await lab.removeNode(node) }
    }
}
