import ArgumentParser
import ControlPlane
import Logging
import Observability

/// `trama control-plane`: the API server and what goes with it.
struct ControlPlaneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control-plane",
        abstract: "Run a control plane: an API server with its store and controllers.",
        discussion: """
            The folder gets an authority, certificates and kubeconfigs when it has none; admin.conf in it is for \
            kubectl.

            Exit status: 0 after SIGTERM and SIGINT; 1 after a failure; 64 for arguments that cannot be understood.
            """,
        subcommands: [ControlPlaneRunCommand.self, ControlPlaneInitCommand.self, ControlPlaneKubeconfigCommand.self],
        defaultSubcommand: ControlPlaneRunCommand.self
    )
}

/// `trama control-plane run`, which is what `trama control-plane` does.
struct ControlPlaneRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run it until SIGTERM or SIGINT."
    )

    @OptionGroup var options: ControlPlaneOptions

    func run() async throws {
        let configuration = try options.makeConfiguration()
        let logger = configuration.log.makeLogger(label: "trama.control-plane")
        do {
            try await ControlPlaneProcess.run(configuration, logger: logger)
        } catch {
            logger.critical("The control plane has ended", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
