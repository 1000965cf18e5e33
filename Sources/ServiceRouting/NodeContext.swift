public import Addressing

/// What routing depends on that belongs to this node and may change while it runs.
public struct NodeContext: Hashable, Sendable {
    /// The node's label `topology.kubernetes.io/zone`; nil if it has none. Follows the Node object.
    public var zone: String?
    /// The addresses on which NodePorts are served: the node's own that `nodePortAddresses` selects, loopback excluded.
    public var nodePortAddresses: Set<IPAddress>
    /// The primary addresses of the node, at most one of each family. Where load-balancer source ranges contain one,
    /// the load balancer's own addresses are allowed as sources too.
    public var nodeAddresses: Set<IPAddress>

    /// A node with these properties.
    public init(
        zone: String? = nil,
        nodePortAddresses: Set<IPAddress> = [],
        nodeAddresses: Set<IPAddress> = []
    ) {
        self.zone = zone
        self.nodePortAddresses = nodePortAddresses
        self.nodeAddresses = nodeAddresses
    }
}
