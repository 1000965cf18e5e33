import ArgumentParser
import Logging
import Node
import Observability

/// `trama node`: a node of a cluster, with its pods, its proxy and its overlay.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Run a node: register it, run its pods, serve its Services, join its overlay.",
        discussion: """
            Pods are processes of this machine in namespaces of their own: a laboratory, not an isolation boundary.

            The kubeconfig is a node's, as `trama control-plane kubeconfig --user system:node:NAME --group \
            system:nodes` makes it. Pods, routes and rules stay when the process ends, however it ends; the next one \
            takes them over.

            Exit status: 0 after SIGTERM and SIGINT; 1 after a failure; 64 for arguments that cannot be understood.
            """
    )

    @OptionGroup(title: "THE NODE") var identity: NodeIdentityOptions
    @OptionGroup(title: "PODS") var pods: NodePodOptions
    @OptionGroup(title: "NETWORK") var network: NodeNetworkOptions
    @OptionGroup(title: "SERVERS") var servers: NodeServerOptions
    @OptionGroup(title: "LOGGING") var logging: DaemonLoggingOptions

    /// What was asked for.
    func makeConfiguration() throws -> NodeConfiguration {
        var configuration = NodeConfiguration(kubeconfig: identity.kubeconfig)
        try identity.apply(to: &configuration)
        try pods.apply(to: &configuration)
        try network.apply(to: &configuration)
        try servers.apply(to: &configuration)
        configuration.log = logging.settings
        configuration.proxyFlags?["v"] = "\(logging.verbosity)"
        do {
            try configuration.check()
        } catch {
            throw ValidationError("\(error)")
        }
        return configuration
    }

    func validate() throws {
        _ = try makeConfiguration()
    }

    func run() async throws {
        let configuration = try makeConfiguration()
        let logger = configuration.log.makeLogger(label: "trama.node")
        do {
            try await NodeProcess.run(configuration, logger: logger)
        } catch {
            logger.critical("The node has ended", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
