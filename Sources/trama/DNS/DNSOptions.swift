import Addressing
import ArgumentParser
import ClusterDNS
import Observability

/// What `trama dns` is told.
struct DNSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How to reach the API server; without it, the pod's account.", valueName: "path"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("Folder of manifests, in place of an API server.", valueName: "path"))
    var manifests: String?

    @Option(help: ArgumentHelp("The cluster's domain.", valueName: "name"))
    var domain: String = "cluster.local"

    @Option(
        help: ArgumentHelp(
            "Address to listen on, UDP and TCP; may be repeated. 0.0.0.0 and :: mean every address of the machine.",
            discussion: "Both, if not given, on port 53.",
            valueName: "address[:port]"
        )
    )
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Server to ask for other names; may be repeated. \"none\" for nobody.",
            discussion: "Those of /etc/resolv.conf, if not given; its changes are followed.",
            valueName: "address[:port]"
        )
    )
    var forward: [String] = []

    @Option(
        help: ArgumentHelp(
            "Whose questions for other names are passed on; may be repeated. Others' are refused.",
            discussion: """
                A range of addresses; "local" for private, shared, link-local and unique local addresses and the \
                machine's own subnets; "all" for everybody. "local", if not given.
                """,
            valueName: "local|all|prefix"
        )
    )
    var forwardFor: [String] = []

    @Option(help: ArgumentHelp("Seconds for which the cluster's names may be remembered.", valueName: "seconds"))
    var ttl: UInt32 = 5

    @Option(
        help: ArgumentHelp(
            "Address of /health, /ready and /metrics; empty for none.",
            valueName: "address:port"
        )
    )
    var httpAddress: String = "0.0.0.0:9153"

    @OptionGroup(title: "LOGGING") var logging: DaemonLoggingOptions

    /// What was asked for.
    func makeConfiguration() throws -> ClusterDNSConfiguration {
        guard kubeconfig == nil || manifests == nil else {
            throw ValidationError("--manifests: not together with --kubeconfig")
        }
        guard let zone = DNSName(domain), zone != .root, zone.wire.count <= 128 else {
            throw ValidationError("--domain: a name such as cluster.local")
        }
        guard ttl <= 86_400 else { throw ValidationError("--ttl: at most 86400 seconds") }
        let endpoints = try listen.map { try endpoint($0, of: "--listen") }
        return ClusterDNSConfiguration(
            source: manifests.map { .manifests($0) } ?? .cluster(kubeconfig: kubeconfig),
            domain: zone,
            endpoints: endpoints.isEmpty
                ? [ServerEndpoint("0.0.0.0"), ServerEndpoint("::")].compactMap { $0 } : endpoints,
            forwarding: try forwarding(),
            forwardingClients: try forwardingClients(),
            timeToLive: ttl,
            httpAddress: try listenAddress(httpAddress, of: "--http-address"),
            log: logging.settings
        )
    }

    func validate() throws {
        _ = try makeConfiguration()
    }

    private func endpoint(_ text: String, of option: String) throws -> ServerEndpoint {
        guard let endpoint = ServerEndpoint(text), endpoint.port > 0 else {
            throw ValidationError("\(option): \(text) is no address such as 10.0.0.10, 10.0.0.10:5353 or [fd00::a]:53")
        }
        return endpoint
    }

    private func forwardingClients() throws -> ForwardingClients {
        guard !forwardFor.isEmpty else { return .neighbourhood }
        guard forwardFor != ["all"] else { return .everybody }
        let ranges = try forwardFor.filter { $0 != "local" }.map { text in
            guard let range = IPPrefix(text) else {
                throw ValidationError(
                    "--forward-for: \(text) is no range such as 203.0.113.0/24, nor local, nor only all"
                )
            }
            return range
        }
        return ForwardingClients(ranges, includesNeighbourhood: forwardFor.contains("local"))
    }

    private func forwarding() throws -> ClusterDNSConfiguration.Forwarding {
        guard forward != ["none"] else { return .none }
        guard !forward.isEmpty else { return .file("/etc/resolv.conf") }
        let servers = try forward.map { try endpoint($0, of: "--forward") }
        if let server = servers.first(where: \.address.isUnspecified) {
            throw ValidationError("--forward: \(server) is no server's address")
        }
        return .servers(servers)
    }
}
