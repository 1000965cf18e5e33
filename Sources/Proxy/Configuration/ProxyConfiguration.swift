public import Addressing
public import Observability

/// What the proxy is to do: the flags and the configuration file, read, checked and with the defaults filled in.
///
/// A pure value; ``resolve(_:readFile:)`` makes it.
public struct ProxyConfiguration: Sendable, Equatable {
    /// What the process is started for.
    public enum Purpose: Sendable, Equatable {
        /// Keep the rules up to date until it is told to stop.
        case run
        /// Remove the rules and end (`--cleanup`).
        case cleanUp
        /// Set the sysctls that need full privileges and end (`--init-only`).
        case initialize
        /// Write a configuration file with the defaults and what the flags say, and end (`--write-config-to`).
        case writeConfiguration(path: String)
    }

    /// Where Services and EndpointSlices come from.
    public enum ObjectSource: Sendable, Equatable {
        /// A folder of manifests (`--manifests`).
        case manifests(directory: String)
        /// An API server: from a kubeconfig, or the service account of the pod where that is nil; `master` overrides
        /// the server's address.
        case cluster(kubeconfig: String?, master: String?)
    }

    /// How traffic from pods of this node is told from other traffic.
    public enum LocalDetection: Sendable, Equatable {
        /// Not at all.
        case none
        /// By source address.
        case prefixes([IPPrefix])
        /// By source address, in the node's own pod CIDRs, which its Node says.
        case nodePodCIDRs
        /// By the bridge it comes from.
        case bridge(String)
        /// By how the interface it comes from is named.
        case interfacePrefix(String)
    }

    /// Which local addresses serve NodePorts.
    public enum NodePortAddresses: Sendable, Equatable {
        /// The addresses of the node itself.
        case primary
        /// Local addresses in these ranges; a family without a range: every local address of it.
        case prefixes([IPPrefix])
    }

    /// Limits and timeouts of connection tracking; nil leaves one alone.
    public struct Conntrack: Sendable, Equatable {
        /// Connections per CPU.
        public var maxPerCore: Int?
        /// The least limit, whatever ``maxPerCore`` gives.
        public var min = 0
        /// `nf_conntrack_tcp_timeout_established`.
        public var tcpEstablishedTimeout: Duration?
        /// `nf_conntrack_tcp_timeout_close_wait`.
        public var tcpCloseWaitTimeout: Duration?
        /// Whether `nf_conntrack_tcp_be_liberal` is switched on; false leaves it alone.
        public var tcpBeLiberal = false
        /// `nf_conntrack_udp_timeout`.
        public var udpTimeout: Duration?
        /// `nf_conntrack_udp_timeout_stream`.
        public var udpStreamTimeout: Duration?

        /// Nothing is touched.
        public init() {}
    }

    /// What the process is started for.
    public var purpose = Purpose.run
    /// Whether upstream kube-proxy's rules are removed once ours are in (`--take-over`).
    public var takesOver = false
    /// Where objects come from.
    public var source = ObjectSource.cluster(kubeconfig: nil, master: nil)
    /// Serve the Services whose label `service.kubernetes.io/service-proxy-name` has this value; nil: those without it.
    public var serviceProxyName: String?
    /// The name of our nftables tables.
    public var tableName = "trama"

    /// The Node's name as told; nil for the host's.
    public var nodeNameOverride: String?
    /// The node's own address, in place of what its Node says (`bindAddress`, unless unspecified).
    public var nodeAddressOverride: IPAddress?
    /// Which local addresses serve NodePorts.
    public var nodePortAddresses = NodePortAddresses.primary
    /// How local pods are recognized.
    public var localDetection = LocalDetection.none

    /// The bit of the packet mark that asks for masquerading, 0...31.
    public var masqueradeBit = 14
    /// Whether traffic to ClusterIPs is masqueraded wherever it comes from.
    public var masqueradesAll = false
    /// The pause before a failed update is tried again, at most; half of ``healthTimeout``.
    public var syncPeriod = Duration.seconds(30)
    /// The least time between two updates.
    public var minSyncPeriod = Duration.zero

    /// Where `/healthz` and `/livez` are; nil: nowhere.
    public var healthzAddress: ListenAddress?
    /// Where `/metrics` is; nil: nowhere.
    public var metricsAddress: ListenAddress?
    /// Whether the process ends when it cannot listen there; otherwise it tries again.
    public var bindAddressHardFail = false

    /// Value for `/proc/self/oom_score_adj`.
    public var oomScoreAdjustment = -999
    /// Limits and timeouts of connection tracking.
    public var conntrack = Conntrack()
    /// How to log.
    public var log = LogSettings()

    /// The file that was read; a change of it ends the process, so that its supervisor starts it with the new one.
    public var configurationFile: String?
    /// The document with the defaults, as `/configz` shows it.
    public var document = KubeProxyConfiguration()
    /// What was accepted but has no effect or is doubtful: to be logged, one line each.
    public var warnings: [String] = []

    /// The defaults.
    public init() {
        document.completeDefaults()
        healthzAddress = ListenAddress(host: "0.0.0.0", port: 10_256)
        metricsAddress = ListenAddress(host: "127.0.0.1", port: 10_249)
    }

    /// The mark on packets that are to be masqueraded: a single bit.
    public var masqueradeMark: UInt32 { 1 << UInt32(masqueradeBit) }

    /// How long an update may wait before the proxy counts as unhealthy.
    public var healthTimeout: Duration { syncPeriod * 2 }
}
