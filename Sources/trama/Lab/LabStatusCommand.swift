import ArgumentParser
import Lab

/// `trama lab status`.
struct LabStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show a cluster's hosts, addresses, programs and nodes.",
        discussion: "Exit status 1 where it is not as it should be: a program has ended, a node is not ready."
    )

    @OptionGroup var name: LabName

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let lab = try name.lab()
        try await LabOutput.failing {
            let status = try await lab.status()
            print(json ? status.jsonText : status.text)
            if !status.isHealthy { throw ExitCode.failure }
        }
    }
}
