/// A Node (core `v1`), as far as a network plane looks at it.
public struct Node: Sendable, Hashable {
    /// Name, labels, and whether it is going.
    public var metadata: ObjectMeta
    /// The CIDRs of its pods; where only `spec.podCIDR` is given, that one.
    public var podCIDRs: [String]
    /// What keeps pods off it.
    public var taints: [NodeTaint]
    /// Its addresses, the most important first.
    public var addresses: [NodeAddress]
    /// Whether new pods are kept off it (`kubectl cordon`).
    public var unschedulable: Bool

    /// A Node from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        podCIDRs: [String] = [],
        taints: [NodeTaint] = [],
        addresses: [NodeAddress] = [],
        unschedulable: Bool = false
    ) {
        self.metadata = metadata
        self.podCIDRs = podCIDRs
        self.taints = taints
        self.addresses = addresses
        self.unschedulable = unschedulable
    }
}

/// What keeps pods off a Node (`spec.taints[]`).
public struct NodeTaint: Sendable, Hashable {
    /// What it is about.
    public var key: String
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    public var effect: String

    /// A taint from its parts.
    public init(key: String = "", effect: String = "") {
        self.key = key
        self.effect = effect
    }
}

/// An address of a Node (`status.addresses[]`).
public struct NodeAddress: Sendable, Hashable {
    /// `InternalIP`, `ExternalIP`, `Hostname`, `InternalDNS` or `ExternalDNS`.
    public var type: String
    /// An IP address or a name, as the type says.
    public var address: String

    /// An address from its parts.
    public init(type: String = "", address: String = "") {
        self.type = type
        self.address = address
    }
}
