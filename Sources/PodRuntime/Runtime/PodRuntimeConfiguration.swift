public import Addressing

/// Where a node's pods live, and what they are told of the cluster.
public struct PodRuntimeConfiguration: Sendable, Hashable {
    /// The node's name: `spec.nodeName` of its pods.
    public var nodeName: String
    /// The node's addresses, the first of them primary: `status.hostIPs`, and `podIPs` of pods on the host's network.
    public var nodeAddresses: [IPAddress]
    /// The folder for sandboxes, volumes and what is known of containers; made where it is missing. It must survive
    /// restarts of this process, or its pods are left behind.
    public var stateFolder: String
    /// The folder for logs: `NAMESPACE_NAME_UID/CONTAINER/N.log` in it, in CRI's format.
    public var logFolder: String
    /// The folder whose first `*.conflist` or `*.conf`, by name, says how pods get their network.
    public var cniConfigurationFolder: String
    /// The folders in which plug-ins are looked for, in this order.
    public var cniProgramFolders: [String]
    /// The path of `trama-pod`.
    public var launcher: String
    /// The cluster's name servers, for pods with `dnsPolicy: ClusterFirst`.
    public var clusterDNS: [IPAddress]
    /// The cluster's domain, without a dot at its end.
    public var clusterDomain: String
    /// The parent of the pods' cgroups, below the mount point of cgroup v2: `trama/node-a`; nil for none.
    public var cgroup: String?
    /// How many pods are run, not counting those that have ended; what comes beyond them fails with `OutOfpods`.
    public var maxPods: Int
    /// Whether ``PodRuntime/run()`` ends the pods when it ends. Otherwise their processes live on, and the next
    /// runtime with the same state folder adopts them.
    public var stopsPods: Bool

    /// A configuration with upstream's folders.
    public init(
        nodeName: String,
        nodeAddresses: [IPAddress],
        stateFolder: String = "/var/lib/trama/node",
        logFolder: String = "/var/log/pods",
        cniConfigurationFolder: String = "/etc/cni/net.d",
        cniProgramFolders: [String] = ["/opt/cni/bin", "/usr/lib/cni"],
        launcher: String,
        clusterDNS: [IPAddress] = [],
        clusterDomain: String = "cluster.local",
        cgroup: String? = nil,
        maxPods: Int = 110,
        stopsPods: Bool = false
    ) {
        self.nodeName = nodeName
        self.nodeAddresses = nodeAddresses
        self.stateFolder = stateFolder
        self.logFolder = logFolder
        self.cniConfigurationFolder = cniConfigurationFolder
        self.cniProgramFolders = cniProgramFolders
        self.launcher = launcher
        self.clusterDNS = clusterDNS
        self.clusterDomain = clusterDomain
        self.cgroup = cgroup
        self.maxPods = maxPods
        self.stopsPods = stopsPods
    }
}
