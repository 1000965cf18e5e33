public import Addressing
public import Observability
public import Overlay

/// What `trama node` is to do.
public struct NodeConfiguration: Sendable, Equatable {
    /// A taint that the Node is registered with.
    public struct Taint: Sendable, Hashable {
        /// Its key.
        public var key: String
        /// Its value; empty for none.
        public var value: String
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        public var effect: String

        /// A taint from its parts.
        public init(key: String, value: String = "", effect: String) {
            self.key = key
            self.value = value
            self.effect = effect
        }
    }

    /// Where pods' networks are configured, and by which programs.
    public struct CNI: Sendable, Equatable {
        /// The folder of conflists; the first by name counts. Where there is none, ours is written.
        public var configurationFolder = "/etc/cni/net.d"
        /// The folders of plug-ins. The one of our own program comes after them.
        public var programFolders = ["/opt/cni/bin"]

        /// The folders that everybody uses.
        public init() {}
    }

    /// What the kubelet's servers are told.
    public struct Servers: Sendable, Equatable {
        /// Where the kubelet's API is served; nil for every address.
        public var address: String?
        /// Its TCP port.
        public var port: UInt16 = 10_250
        /// Where `/healthz` is served; nil for nowhere.
        public var healthzAddress: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 10_248)
        /// The certificate that is shown, in PEM; nil for the kubeconfig's.
        public var certificateFile: String?
        /// Its key, in PEM.
        public var keyFile: String?
        /// The authority of clients' certificates, in PEM; nil for the kubeconfig's.
        public var clientAuthorityFile: String?

        /// Upstream's ports.
        public init() {}
    }

    /// How the node speaks to the API server.
    public var kubeconfig: String
    /// The Node's name; nil for the host's.
    public var nodeNameOverride: String?
    /// The node's addresses, at most one of each family, the first family first; empty to choose.
    public var nodeAddresses: [IPAddress] = []
    /// Labels besides those that every node has.
    public var labels: [String: String] = [:]
    /// Taints that a new Node has.
    public var taints: [Taint] = []
    /// For how long a renewal of the node's Lease counts, in whole seconds; it is renewed four times as often.
    public var leaseDuration: Duration = .seconds(40)
    /// How many pods may be here at once.
    public var maxPods = 110
    /// Name servers of pods.
    public var clusterDNS: [IPAddress] = []
    /// The domain of Services' names.
    public var clusterDomain = "cluster.local"
    /// Where everything is kept that is to outlive the process.
    public var stateFolder = "/var/lib/trama"
    /// Where containers' logs go.
    public var logFolder = "/var/log/pods"
    /// The parent of pods' cgroups, below `/sys/fs/cgroup`; nil for none.
    public var cgroup: String? = "trama"
    /// Pods' networks.
    public var cni = CNI()
    /// The kubelet's servers.
    public var servers = Servers()
    /// The ranges of all Nodes' podCIDRs, at most one of each family.
    public var clusterRanges: [IPPrefix] = []
    /// The overlay; nil where somebody else makes pods reach each other.
    public var overlay: OverlayConfiguration?
    /// The proxy's flags, as `trama proxy` takes them, without those that follow from the rest; nil for no proxy.
    public var proxyFlags: [String: String]? = [:]
    /// Whether pods are ended with the process.
    public var stopsPods = false
    /// How to log.
    public var log = LogSettings()

    /// A node with an overlay and a proxy, on the usual ports and folders.
    public init(kubeconfig: String) {
        self.kubeconfig = kubeconfig
        var overlay = OverlayConfiguration(membership: .kubernetes(kubeconfig: kubeconfig, nodeName: nil))
        clusterRanges = ["10.244.0.0/16"].compactMap { IPPrefix($0) }
        overlay.ranges = clusterRanges
        self.overlay = overlay
    }
}
