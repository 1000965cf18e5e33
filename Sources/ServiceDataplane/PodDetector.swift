/// How packets that come from pods of this node are told from all others (KubeProxyConfiguration `detectLocalMode`).
public enum PodDetector: Hashable, Sendable {
    /// Nothing is known: ClusterIP traffic is not masqueraded, and no client of an external address counts as a pod.
    case none
    /// The source address lies in one of the prefixes of the set `pod-cidrs` (`ClusterCIDR`, `NodeCIDR`).
    case prefixes
    /// The packet came in through this bridge (`BridgeInterface`).
    case bridge(String)
    /// The packet came in through an interface whose name starts so (`InterfaceNamePrefix`).
    case interfacePrefix(String)
}
