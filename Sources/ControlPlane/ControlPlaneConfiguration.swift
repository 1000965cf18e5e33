public import Addressing
public import Controllers
public import Observability

/// What a control plane is run with.
public struct ControlPlaneConfiguration: Sendable {
    /// The folder with keys, kubeconfigs and the embedded store.
    public var folder = "/var/lib/trama/control-plane"
    /// Where the API server listens.
    public var bindAddress = "0.0.0.0"
    /// The API server's port; 0 for any that is free.
    public var port: UInt16 = 6_443
    /// Where clients on other hosts, and pods, find the API server: an address or a name.
    public var advertisedHost: String
    /// Names and addresses that the server's certificate has besides.
    public var certificateNames: [String] = []
    /// What ClusterIPs are taken from: one range, or one of each family.
    public var serviceRanges: [IPPrefix]
    /// What node ports are taken from.
    public var nodePorts: ClosedRange<Int> = 30_000...32_767
    /// A file of tokens, `token,user,uid,"group,…"` a line; nil for none.
    public var tokenFile: String?
    /// The members of an etcd cluster, such as `https://10.0.0.1:2379`; none for the embedded store.
    public var etcdServers: [String] = []
    /// Files with the authorities of etcd's certificates, and with our certificate and key for it; nil for none.
    public var etcdFiles: (authorities: String?, certificate: String?, key: String?)
    /// What nodes' `podCIDR` is taken from, one range or one of each family; none where nodes bring their own.
    public var podRanges: [ClusterCIDR] = []
    /// How long a node may be silent before it is held to be dead.
    public var nodeGracePeriod: Duration = .seconds(40)
    /// Whether the controllers and the scheduler run.
    public var runsControllers = true
    /// Whether new pods become those of a service account, which must be there.
    public var givesAccounts = true
    /// How it logs.
    public var log = LogSettings()

    /// A configuration with the defaults.
    public init(advertisedHost: String, serviceRanges: [IPPrefix]) {
        self.advertisedHost = advertisedHost
        self.serviceRanges = serviceRanges
    }

    /// Where the control plane's own parts find the API server.
    var localHost: String {
        switch bindAddress {
        case "0.0.0.0": "127.0.0.1"
        case "::": "[::1]"
        case let address: address.contains(":") ? "[\(address)]" : address
        }
    }
}
