import ArgumentParser
import Logging
import Observability
import Proxy

/// `trama proxy`: kube-proxy's flags and configuration file, and the proxy behind them.
struct ProxyCommand: AsyncParsableCommand {
    static let commandName = "proxy"

    static let configuration = CommandConfiguration(
        commandName: commandName,
        abstract: "Program nftables from Services and EndpointSlices, in place of kube-proxy.",
        discussion: """
            Objects come from an API server (--kubeconfig, or the service account of the pod), or from a folder of \
            manifests (--manifests), whose changes are followed. The rules stay when the process ends; the next one \
            adopts them, and --cleanup removes them.

            Flags and the configuration file (kubeproxy.config.k8s.io/v1alpha1) are those of kube-proxy. What makes no \
            sense for nftables is accepted, with one warning. With --config, flags for what the file says are ignored, \
            except --hostname-override and the logging flags. A flag that is true or false may stand alone \
            (--masquerade-all) or with a value (--masquerade-all=false). Durations are written as in Go: 30s, 1h2m, 250ms.

            Exit status: 0 after SIGTERM, SIGINT, --cleanup, --init-only and --write-config-to; 1 after a failure, \
            and when the configuration file has changed, so that a supervisor starts the proxy anew; 64 for \
            arguments that cannot be understood.
            """,
        version: "trama \(TramaVersion.current)"
    )

    @OptionGroup(title: "WHAT TO DO") var purpose: PurposeOptions
    @OptionGroup(title: "WHERE OBJECTS COME FROM") var source: SourceOptions
    @OptionGroup(title: "THE NODE") var node: NodeOptions
    @OptionGroup(title: "THE RULES") var rules: RuleOptions
    @OptionGroup(title: "CONNECTION TRACKING") var conntrack: ConntrackOptions
    @OptionGroup(title: "SERVERS") var servers: ServerOptions
    @OptionGroup(title: "LOGGING") var logging: LoggingOptions
    @OptionGroup(title: "ACCEPTED, WITHOUT EFFECT") var ignored: IgnoredOptions

    /// What was given, for the configuration to make sense of.
    var flags: ProxyFlags {
        var flags = ProxyFlags()
        let groups: [any FlagGroup] = [purpose, source, node, rules, conntrack, servers, logging, ignored]
        for group in groups { group.add(to: &flags) }
        return flags
    }

    func run() async throws {
        try await run { configuration, logger in try await ProxyProcess.run(configuration, logger: logger) }
    }

    /// Loads the configuration and starts the proxy with it.
    ///
    /// - Parameter start: Runs the proxy until it is told to stop.
    func run(_ start: (ProxyConfiguration, Logger) async throws -> Void) async throws {
        let configuration = try ProxyConfiguration.load(flags)
        let logger = configuration.log.makeLogger(label: "trama.proxy")
        for warning in configuration.warnings { logger.warning("\(warning)") }
        if case .writeConfiguration(let path) = configuration.purpose {
            try configuration.writeDocument(to: path)
            return
        }
        do {
            try await start(configuration, logger)
        } catch {
            logger.critical("The proxy has ended", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
