import ArgumentParser
import Proxy

/// Which node this is.
struct NodeOptions: FlagGroup {
    @Option(parsing: .unconditional, help: .value("name", "The name of the Node. (default: the host name)"))
    var hostnameOverride: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "address",
            """
            The node's own address, in place of what its Node says. Nothing is bound to it. (default: 0.0.0.0, \
            which means none)
            """
        )
    )
    var bindAddress: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: .value(
            "cidr,…",
            """
            On which local addresses NodePorts are served: ranges, or 'primary' for the node's own. (default: \
            primary)
            """
        )
    )
    var nodeportAddresses: [String] = []

    @Option(
        parsing: .unconditional,
        help: .value(
            "mode",
            """
            How local pods are recognized: ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix. \
            (default: ClusterCIDR)
            """
        )
    )
    var detectLocalMode: String?

    @Option(
        parsing: .unconditional,
        help: .value("cidr[,cidr]", "The pods' addresses, for ClusterCIDR; one range, or one of each family.")
    )
    var clusterCidr: String?

    @Option(parsing: .unconditional, help: .value("name", "The pods' bridge, for BridgeInterface."))
    var podBridgeInterface: String?

    @Option(
        parsing: .unconditional,
        help: .value("prefix", "How the names of pods' interfaces begin, for InterfaceNamePrefix.")
    )
    var podInterfaceNamePrefix: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "number",
            """
            How willing the kernel is to kill the process when memory runs out, -1000 to 1000. (default: -999)
            """
        )
    )
    var oomScoreAdj: String?

    var given: [(name: String, value: String?)] {
        [
            ("hostname-override", hostnameOverride),
            ("bind-address", bindAddress),
            ("detect-local-mode", detectLocalMode),
            ("cluster-cidr", clusterCidr),
            ("pod-bridge-interface", podBridgeInterface),
            ("pod-interface-name-prefix", podInterfaceNamePrefix),
            ("oom-score-adj", oomScoreAdj),
        ] + nodeportAddresses.map { ("nodeport-addresses", $0) }
    }
}
