public import Addressing
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
    /// How it logs.
    public var log = LogSettings()

    /// A configuration with the defaults.
    public init(advertisedHost: String, serviceRanges: [IPPrefix]) {
        self.advertisedHost = advertisedHost
        self.serviceRanges = serviceRanges
    }
}
