import Addressing
import KubernetesAPI

/// What routing keeps of one Service: everything is parsed, and only what can be served is left.
struct ServiceSpec: Hashable, Sendable {
    /// One port that clients may dial.
    struct Port: Hashable, Sendable {
        let name: String
        let `protocol`: TransportProtocol
        let port: UInt16
        /// The port on node addresses; 0 if there is none.
        let nodePort: UInt16
    }

    /// When the Service was made; nil where its source does not say.
    var creationTimestamp: Timestamp?
    /// The first ClusterIP of each family; the Service exists in the families of these only.
    var clusterIPs: [IPAddress]
    /// In the order of the Service.
    var ports: [Port]
    /// Load-balancer addresses that this node is to answer for; each once.
    var loadBalancerIPs: [IPAddress]
    /// External addresses that are no load-balancer address; each once.
    var externalIPs: [IPAddress]
    /// Who may connect to the load-balancer addresses.
    var sourceRanges: SourceRanges
    /// `internalTrafficPolicy: Local`.
    var isInternalPolicyLocal: Bool
    /// `externalTrafficPolicy: Local`.
    var isExternalPolicyLocal: Bool
    /// Time-out of the `ClientIP` affinity; nil without affinity.
    var affinityTimeout: Duration?
    /// Where the health check of a load balancer under `externalTrafficPolicy: Local` listens; 0 if it has none.
    var healthCheckNodePort: UInt16

    /// Whether the Service is served in that family.
    func serves(_ family: IPFamily) -> Bool {
        clusterIPs.contains { $0.family == family }
    }

    /// Whether a frontend of `port` in that family is reached from outside the cluster, some node address given.
    func isExternallyAccessible(_ port: Port, in family: IPFamily) -> Bool {
        port.nodePort != 0 || loadBalancerIPs.contains { $0.family == family }
            || externalIPs.contains { $0.family == family }
    }

    /// Whether the frontends depend on the node addresses that serve NodePorts.
    var hasNodePorts: Bool { ports.contains { $0.nodePort != 0 } }

    /// The sources that may connect to the load-balancer addresses of that family; nil for all.
    ///
    /// Traffic from this node to its own load balancer leaves with the load balancer's address as its source where
    /// the address is bound on the node; it is let in where the node itself would be.
    func allowedSources(in family: IPFamily, nodeAddresses: Set<IPAddress>) -> [IPPrefix]? {
        guard let ranges = sourceRanges[family] else { return nil }
        guard ranges.contains(where: { range in nodeAddresses.contains(where: range.contains) }) else { return ranges }
        let own = loadBalancerIPs.filter { $0.family == family }.map { IPPrefix($0) }
        return Set(ranges + own).sorted()
    }
}
