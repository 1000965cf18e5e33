import Addressing
import ArgumentParser
import Logging
import Observability
import Overlay
import OverlayCore

/// `trama overlay launch`: the daemon.
struct OverlayLaunchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Run the overlay's daemon on this host.",
        discussion: """
            Peers are hosts that run the same, by name or address, with a port if it is not 6783; one that can be \
            reached is enough to find the others. The address range is divided by the initial peers: by default, this \
            one and those that are named here.

            Exit status: 0 after SIGTERM and SIGINT; 1 after a failure; 64 for arguments that cannot be understood.
            """
    )

    @Argument(help: ArgumentHelp("Peers to connect to.", valueName: "peer")) var peers: [String] = []

    @OptionGroup(title: "MEMBERSHIP") var membership: MembershipOptions
    @OptionGroup(title: "ADDRESSES") var addresses: AddressOptions
    @OptionGroup(title: "PATHS") var paths: PathOptions
    @OptionGroup(title: "NAMES") var names: OverlayNameOptions
    @OptionGroup(title: "THIS DAEMON") var daemon: DaemonOptions
    @OptionGroup(title: "LOGGING") var logging: DaemonLoggingOptions

    /// What was asked for.
    func makeConfiguration() throws -> OverlayConfiguration {
        var configuration = OverlayConfiguration(membership: try membership.membership)
        configuration.targets = peers
        membership.apply(to: &configuration)
        addresses.apply(to: &configuration, peers: peers)
        paths.apply(to: &configuration)
        try names.apply(to: &configuration)
        try daemon.apply(to: &configuration)
        configuration.log = logging.settings
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
        let logger = configuration.log.makeLogger(label: "trama.overlay")
        do {
            try await OverlayProcess.run(configuration, logger: logger)
        } catch {
            logger.critical("The overlay has ended", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}

/// Who belongs to the cluster.
struct MembershipOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where members come from: mesh (the peers themselves), or kubernetes (the Nodes of an API server).",
            valueName: "mesh|kubernetes"
        )
    )
    var membershipProvider: String = "mesh"

    @Option(help: ArgumentHelp("The cluster's token, as `trama overlay token` makes it.", valueName: "path"))
    var tokenFile: String = "/etc/trama/token"

    @Option(help: ArgumentHelp("The cluster's name. Peers of another cluster are refused.", valueName: "name"))
    var cluster: String = "trama"

    @Option(help: ArgumentHelp("What to call this peer. (default: the host's name)", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "With --membership-provider kubernetes: how to reach the API server. (default: the pod's service account)",
            valueName: "path"
        )
    )
    var kubeconfig: String?

    @Option(
        help: ArgumentHelp(
            "With --membership-provider kubernetes: this host's Node. (default: --name)",
            valueName: "name"
        )
    )
    var nodeName: String?

    /// The provider, by its options.
    var membership: OverlayConfiguration.Membership {
        get throws {
            switch membershipProvider {
            case "mesh": return .mesh(tokenFile: tokenFile)
            case "kubernetes": return .kubernetes(kubeconfig: kubeconfig, nodeName: nodeName)
            default:
                throw ValidationError("--membership-provider \(membershipProvider): must be mesh or kubernetes")
            }
        }
    }

    func apply(to configuration: inout OverlayConfiguration) {
        configuration.cluster = cluster
        configuration.name = name
    }
}

/// Which addresses pods get.
struct AddressOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The pods' range, the same on all hosts; give it twice for an IPv4 and an IPv6 range. With "
                + "--membership-provider kubernetes: the range of all Nodes' podCIDRs. "
                + "(default: 10.32.0.0/12 and fd74:7261:6d00::/48)",
            valueName: "prefix"
        ),
        transform: { text in
            guard let prefix = IPPrefix(text) else {
                throw ValidationError("\(text): must be a prefix, for example 10.32.0.0/12")
            }
            guard prefix.description == text else {
                throw ValidationError("\(text): has bits beyond its length; \(prefix) is the prefix")
            }
            return prefix
        }
    )
    var range: [IPPrefix] = []

    @Option(help: ArgumentHelp("Length of the IPv4 prefix that a peer gets at a time.", valueName: "bits"))
    var blockLength: Int = 24

    @Option(help: ArgumentHelp("Length of the IPv6 prefix that a peer gets at a time.", valueName: "bits"))
    var blockLengthV6: Int = 64

    @Option(
        help: ArgumentHelp(
            "How long a prefix beyond the first must have been without a pod before others get it.",
            valueName: "seconds"
        )
    )
    var idleBlockTime: Int = 300

    @Option(
        help: ArgumentHelp(
            "The peers that divide the range at first, by name; the same on all of them.",
            valueName: "name,…"
        )
    )
    var ipamSeed: String?

    @Option(
        help: ArgumentHelp(
            "How many peers agree on dividing the range; the same on all. (default: this one and those named)",
            valueName: "number"
        )
    )
    var initialPeers: Int?

    @Flag(help: "Leave the source address of packets that leave the cluster as it is.")
    var noMasquerade = false

    func apply(to configuration: inout OverlayConfiguration, peers: [String]) {
        if !range.isEmpty { configuration.ranges = range }
        configuration.blockLengths = [.ipv4: blockLength, .ipv6: blockLengthV6]
        configuration.idleBlockTime = .seconds(idleBlockTime)
        configuration.masquerades = !noMasquerade
        if let ipamSeed {
            configuration.bootstrap = .seeds(
                ipamSeed.split(separator: ",", omittingEmptySubsequences: true).map(String.init)
            )
        } else {
            configuration.bootstrap = .initialPeers(initialPeers ?? peers.count + 1)
        }
    }

    func validate() throws {
        if ipamSeed != nil, initialPeers != nil {
            throw ValidationError("--ipam-seed and --initial-peers: give one of them")
        }
        guard (1...86_400 * 365).contains(idleBlockTime) else {
            throw ValidationError("--idle-block-time \(idleBlockTime): must be 1 to 31536000 seconds")
        }
    }
}

/// How packets travel between hosts.
struct PathOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            off: VXLAN, encrypted only where VXLAN does not get through; prefer: encrypted wherever both sides can; \
            require: encrypted or not at all. Between two hosts the stricter wish holds. (default: off)
            """,
            valueName: "require|prefer|off"
        ),
        transform: encryptionPolicy
    )
    var encryption: EncryptionPolicy = .off

    @Flag(help: "Reach peers in the underlay's own subnet without a tunnel, where both sides' encryption is off.")
    var direct = false

    @Option(
        help: ArgumentHelp("The largest packet of pods, in bytes. (default: what all paths carry)", valueName: "bytes")
    )
    var mtu: UInt32?

    @Option(help: ArgumentHelp("VNI of the pod network.", valueName: "number"))
    var vni: UInt32 = 6784

    func apply(to configuration: inout OverlayConfiguration) {
        configuration.encryption = encryption
        configuration.usesDirectRoutes = direct
        configuration.podMTU = mtu
        configuration.vni = vni
    }

    func validate() throws {
        if direct, encryption != .off {
            throw ValidationError("--direct: sends packets in plain text; it goes with --encryption off only")
        }
    }
}

/// Where this daemon listens and what it calls its things.
struct DaemonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address of this host that others reach. (default: the one in a peer's subnet, or of the default route)",
            valueName: "address"
        ),
        transform: { text in
            guard let address = IPAddress(text) else {
                throw ValidationError("\(text): must be an IPv4 or IPv6 address")
            }
            return address
        }
    )
    var endpoint: IPAddress?

    @Option(
        help: ArgumentHelp("TCP port of the mesh and UDP port of WireGuard; VXLAN takes the next.", valueName: "port")
    )
    var port: UInt16 = OverlayConfiguration.defaultPort

    @Option(
        help: ArgumentHelp(
            "Where to serve /status, /report, /metrics and /healthz; empty for nowhere.",
            valueName: "address:port"
        )
    )
    var httpAddress: String = "127.0.0.1:6784"

    @Option(help: ArgumentHelp("Where identity, mesh state and attachments are kept.", valueName: "folder"))
    var stateDir: String = OverlayConfiguration.defaultStateFolder

    @OptionGroup var socket: SocketOptions

    @Option(help: ArgumentHelp("The VXLAN device's name.", valueName: "name"))
    var vxlanDevice: String = "trama.vxlan"

    @Option(
        help: ArgumentHelp("The WireGuard device's name; different for each daemon of a machine.", valueName: "name")
    )
    var wireguardDevice: String = "trama.wg"

    func apply(to configuration: inout OverlayConfiguration) throws {
        configuration.endpoint = endpoint
        configuration.port = port
        configuration.statusAddress = try listenAddress(httpAddress, of: "--http-address")
        configuration.stateFolder = stateDir
        configuration.socketPath = socket.socket
        configuration.vxlanDevice = vxlanDevice
        configuration.wireGuardDevice = wireguardDevice
    }
}

/// Where commands find the daemon.
struct SocketOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's unix socket.", valueName: "path"))
    var socket: String = OverlayConfiguration.defaultSocketPath
}
