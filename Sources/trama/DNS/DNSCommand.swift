import ArgumentParser
import ClusterDNS
import Logging
import Observability

/// `trama dns`: the cluster's names.
struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Serve the names of a cluster's Services and pods.",
        discussion: """
            Services and EndpointSlices come from an API server (--kubeconfig, or the service account of the pod), or \
            from a folder of manifests (--manifests). Questions are answered once all of them are known, and on what \
            is known while the API server is away. Other names are asked of other servers.

            Exit status: 0 after SIGTERM and SIGINT; 1 after a failure; 64 for arguments that cannot be understood.
            """
    )

    @OptionGroup var options: DNSOptions

    func run() async throws {
        let configuration = try options.makeConfiguration()
        let logger = configuration.log.makeLogger(label: "trama.dns")
        do {
            try await ClusterDNSProcess.run(configuration, logger: logger)
        } catch {
            logger.critical("The DNS server has ended", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
