/// The configuration file of kube-proxy, `kubeproxy.config.k8s.io/v1alpha1`, field by field, with the defaults.
///
/// This is the document as written; ``ProxyConfiguration`` is what follows from it and the flags. Which text stands for
/// which property, and which fields the proxy makes use of, is the table ``ConfigurationField/all``.
public struct KubeProxyConfiguration: Sendable, Equatable {
    /// The version of the document.
    public static let apiVersion = "kubeproxy.config.k8s.io/v1alpha1"
    /// The kind of the document.
    public static let kind = "KubeProxyConfiguration"

    /// `clientConnection`: how to reach the API server.
    public struct ClientConnection: Sendable, Equatable {
        /// Path of a kubeconfig file; empty for the service account of the pod.
        public var kubeconfig = ""
        /// Without effect: the client asks for JSON.
        public var acceptContentTypes = ""
        /// Without effect: the client asks for JSON.
        public var contentType = "application/vnd.kubernetes.protobuf"
        /// Requests per second, on average.
        public var qps = 5.0
        /// Requests that may go out at once.
        public var burst = 10
    }

    /// `logging`.
    public struct Logging: Sendable, Equatable {
        /// `text` or `json`.
        public var format = "text"
        /// Without effect: lines are never buffered.
        public var flushFrequency = GoDuration(.seconds(5))
        /// klog's `-v`.
        public var verbosity = 0
        /// Without effect: one verbosity holds for every file.
        public var vmodule = ""
        /// Without effect.
        public var textSplitStream = false
        /// Without effect.
        public var textInfoBufferSize = "0"
        /// Without effect.
        public var jsonSplitStream = false
        /// Without effect.
        public var jsonInfoBufferSize = "0"
    }

    /// `iptables`; of the iptables mode, without effect.
    public struct IPTables: Sendable, Equatable {
        /// Without effect.
        public var masqueradeBit = 14
        /// Without effect.
        public var masqueradeAll = false
        /// Without effect.
        public var localhostNodePorts = true
        /// Without effect.
        public var syncPeriod = GoDuration(.seconds(30))
        /// Without effect.
        public var minSyncPeriod = GoDuration(.seconds(1))
    }

    /// `ipvs`; of the ipvs mode, without effect.
    public struct IPVS: Sendable, Equatable {
        /// Without effect.
        public var syncPeriod = GoDuration(.seconds(30))
        /// Without effect.
        public var minSyncPeriod = GoDuration(.zero)
        /// Without effect.
        public var scheduler = ""
        /// Without effect.
        public var excludeCIDRs: [String]?
        /// Without effect.
        public var strictARP = false
        /// Without effect.
        public var tcpTimeout = GoDuration(.zero)
        /// Without effect.
        public var tcpFinTimeout = GoDuration(.zero)
        /// Without effect.
        public var udpTimeout = GoDuration(.zero)
    }

    /// `nftables`.
    public struct NFTables: Sendable, Equatable {
        /// The bit of the packet mark that asks for masquerading, 0...31.
        public var masqueradeBit = 14
        /// Whether traffic to ClusterIPs is masqueraded wherever it comes from.
        public var masqueradeAll = false
        /// How long an update may wait before the proxy counts as unhealthy (twice this), and the pause before a
        /// failed update is tried again.
        public var syncPeriod = GoDuration(.seconds(30))
        /// The least time between two updates. Upstream's default is 1s, since each of its updates is expensive; here
        /// an update costs what changed, so the default is 0s: at once.
        public var minSyncPeriod = GoDuration(.zero)
    }

    /// `winkernel`; of Windows, without effect.
    public struct WinKernel: Sendable, Equatable {
        /// Without effect.
        public var networkName = ""
        /// Without effect.
        public var sourceVip = ""
        /// Without effect.
        public var enableDSR = false
        /// Without effect.
        public var rootHnsEndpointName = ""
        /// Without effect.
        public var forwardHealthCheckVip = false
    }

    /// `detectLocal`.
    public struct DetectLocal: Sendable, Equatable {
        /// The bridge of the pods, for the mode `BridgeInterface`.
        public var bridgeInterface = ""
        /// How the interfaces of pods begin, for the mode `InterfaceNamePrefix`.
        public var interfaceNamePrefix = ""
    }

    /// `conntrack`.
    public struct Conntrack: Sendable, Equatable {
        /// Connections per CPU; 0 leaves the limit alone.
        public var maxPerCore = 32_768
        /// The least limit, whatever ``maxPerCore`` gives.
        public var min = 131_072
        /// 0 leaves it alone.
        public var tcpEstablishedTimeout = GoDuration(.seconds(24 * 3_600))
        /// 0 leaves it alone.
        public var tcpCloseWaitTimeout = GoDuration(.seconds(3_600))
        /// Whether packets out of the TCP window are let through; false leaves it alone.
        public var tcpBeLiberal = false
        /// 0 leaves it alone.
        public var udpTimeout = GoDuration(.zero)
        /// 0 leaves it alone.
        public var udpStreamTimeout = GoDuration(.zero)
    }

    /// `featureGates`; without effect.
    public var featureGates: [String: Bool] = [:]
    /// `clientConnection`.
    public var clientConnection = ClientConnection()
    /// `logging`.
    public var logging = Logging()
    /// The Node's name; empty for the host's.
    public var hostnameOverride = ""
    /// The node's own address, in place of what its Node says; unspecified for none. Nothing is bound to it.
    public var bindAddress = "0.0.0.0"
    /// Where `/healthz` and `/livez` are; empty until the defaults are in.
    public var healthzBindAddress = ""
    /// Where `/metrics` is; empty until the defaults are in.
    public var metricsBindAddress = ""
    /// Whether the proxy ends when it cannot listen on one of the two.
    public var bindAddressHardFail = false
    /// Without effect: there is no Go profiler.
    public var enableProfiling = false
    /// Without effect: no metrics are hidden.
    public var showHiddenMetricsForVersion = ""
    /// `nftables`, or empty; other modes are replaced by it.
    public var mode = ""
    /// `iptables`.
    public var iptables = IPTables()
    /// `ipvs`.
    public var ipvs = IPVS()
    /// `nftables`.
    public var nftables = NFTables()
    /// `winkernel`.
    public var winkernel = WinKernel()
    /// `ClusterCIDR`, `NodeCIDR`, `BridgeInterface` or `InterfaceNamePrefix`.
    public var detectLocalMode = "ClusterCIDR"
    /// `detectLocal`.
    public var detectLocal = DetectLocal()
    /// The pods' addresses: a CIDR, or one of each family with a comma between.
    public var clusterCIDR = ""
    /// On which addresses NodePorts are served; nil for `primary`.
    public var nodePortAddresses: [String]?
    /// How willing the kernel is to kill the process when memory runs out, -1000...1000.
    public var oomScoreAdj = -999
    /// `conntrack`.
    public var conntrack = Conntrack()
    /// Without effect: a watch needs no repetition.
    public var configSyncPeriod = GoDuration(.seconds(15 * 60))
    /// Without effect, upstream too.
    public var portRange = ""
    /// Without effect.
    public var windowsRunAsService = false

    /// The defaults, without the two that follow from ``bindAddress``.
    public init() {}

    /// Fills in what follows from other fields: the two bind addresses, in the family of ``bindAddress``, and ports
    /// that they leave out.
    mutating func completeDefaults() {
        if bindAddress.isEmpty { bindAddress = "0.0.0.0" }
        let isIPv6 = bindAddress.contains(":")
        if healthzBindAddress.isEmpty { healthzBindAddress = isIPv6 ? "[::]" : "0.0.0.0" }
        if metricsBindAddress.isEmpty { metricsBindAddress = isIPv6 ? "[::1]" : "127.0.0.1" }
        healthzBindAddress = HostPort.appending(defaultPort: 10_256, to: healthzBindAddress)
        metricsBindAddress = HostPort.appending(defaultPort: 10_249, to: metricsBindAddress)
        if nodePortAddresses?.isEmpty ?? true { nodePortAddresses = ["primary"] }
    }
}
