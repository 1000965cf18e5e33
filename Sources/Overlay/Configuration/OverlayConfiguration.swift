public import Addressing
public import ClusterDNS
public import Observability
public import OverlayCore

/// What `trama overlay launch` is to do.
public struct OverlayConfiguration: Sendable, Equatable {
    /// Where peers, prefixes and other peers' facts come from.
    public enum Membership: Sendable, Hashable {
        /// The peers' own mesh over TCP, with the token of the file.
        case mesh(tokenFile: String)
        /// The Nodes of an API server; the node's name, or nil for the host's name.
        case kubernetes(kubeconfig: String?, nodeName: String?)
    }

    /// How the address ring comes to be.
    public enum Bootstrap: Sendable, Hashable {
        /// These peers, by name, divide the space; everybody is told the same names.
        case seeds([String])
        /// So many initial peers agree who divides the space.
        case initialPeers(Int)
    }

    /// How the names of containers are served.
    public struct NameServing: Sendable, Equatable {
        /// Where to listen, UDP and TCP; 0.0.0.0 and :: for every address of the host.
        public var endpoints: [ServerEndpoint]
        /// What the names are below.
        public var domain: DNSName
        /// Who is asked for other names.
        public var forwarding: ClusterDNSConfiguration.Forwarding

        /// How names are served, from its parts.
        public init(
            endpoints: [ServerEndpoint],
            domain: DNSName,
            forwarding: ClusterDNSConfiguration.Forwarding = .file("/etc/resolv.conf")
        ) {
            self.endpoints = endpoints
            self.domain = domain
            self.forwarding = forwarding
        }
    }

    /// Where peers and prefixes come from.
    public var membership: Membership
    /// What people call this peer; nil for the host's name.
    public var name: String?
    /// Peers to connect to: `host`, `host:port`, `[v6]:port`.
    public var targets: [String]
    /// The cluster's name: peers of another are refused.
    public var cluster: String
    /// The pods' ranges, one of each family at most.
    public var ranges: [IPPrefix]
    /// How long the prefix of a block of a range is, by family.
    public var blockLengths: [IPFamily: Int]
    /// How long a block of the pods' addresses must have had none in use before it is given back to the others.
    public var idleBlockTime: Duration
    /// How the address ring comes to be.
    public var bootstrap: Bootstrap
    /// The underlay address that tunnels begin at; nil to choose one.
    public var endpoint: IPAddress?
    /// TCP port of the mesh, and UDP port of WireGuard. VXLAN takes the next one.
    public var port: UInt16
    /// What is wanted of the paths.
    public var encryption: EncryptionPolicy
    /// Peers in the underlay's own subnet are reached without a tunnel.
    public var usesDirectRoutes: Bool
    /// What leaves the cluster gets the host's address.
    public var masquerades: Bool
    /// The largest packet of pods, in bytes; nil to work it out.
    public var podMTU: UInt32?
    /// VNI of the pod network.
    public var vni: UInt32
    /// The VXLAN device's name.
    public var vxlanDevice: String
    /// The WireGuard device's name.
    public var wireGuardDevice: String
    /// Where identity, mesh state and attachments are kept.
    public var stateFolder: String
    /// The socket that commands and the CNI plug-in speak to.
    public var socketPath: String
    /// Where status, report and metrics are served; nil for nowhere.
    public var statusAddress: ListenAddress?
    /// How the names of containers are served; nil for not at all.
    public var names: NameServing?
    /// Where the log goes and how much of it.
    public var log: LogSettings

    /// The ports, folders and names that people know.
    public init(membership: Membership) {
        self.membership = membership
        name = nil
        targets = []
        cluster = "trama"
        ranges = Self.defaultRanges
        blockLengths = [.ipv4: 24, .ipv6: 64]
        idleBlockTime = IdleBlocks.patience
        bootstrap = .initialPeers(1)
        endpoint = nil
        port = Self.defaultPort
        encryption = .off
        usesDirectRoutes = false
        masquerades = true
        podMTU = nil
        vni = 6784
        vxlanDevice = "trama.vxlan"
        wireGuardDevice = "trama.wg"
        stateFolder = Self.defaultStateFolder
        socketPath = Self.defaultSocketPath
        statusAddress = ListenAddress(host: "127.0.0.1", port: 6784)
        names = nil
        log = LogSettings()
    }

    /// 6783, as in Weave Net.
    public static let defaultPort: UInt16 = 6783
    /// Where the state is kept.
    public static let defaultStateFolder = "/var/lib/trama/overlay"
    /// Where commands find the daemon.
    public static let defaultSocketPath = "/run/trama/overlay.sock"
    /// 10.32.0.0/12, as in Weave Net, and a range of unique local addresses.
    public static let defaultRanges = ["10.32.0.0/12", "fd74:7261:6d00::/48"].compactMap { IPPrefix($0) }
}
