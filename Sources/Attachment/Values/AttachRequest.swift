public import Addressing

/// A wish to join a container to a network.
public struct AttachRequest: Sendable, Hashable {
    /// Which interface of which container.
    public var key: AttachmentKey
    /// The path of the container's network namespace.
    public var namespace: String
    /// The network; ``AttachableNetwork/pods`` for the routed pod network.
    public var network: String
    /// The addresses that it must have, at most one of each family; the other families' are chosen.
    public var addresses: [IPAddress]
    /// A smaller largest packet than the network's, in bytes; nil is the network's.
    public var mtu: UInt32?
    /// What people call the container.
    public var label: String
    /// The name by which containers on all hosts find it; empty for none.
    public var name: String
    /// Whether an attachment that is there and intact is an answer; CNI wants it to be an error.
    public var isRepeatable: Bool

    /// A wish from its parts.
    public init(
        key: AttachmentKey,
        namespace: String,
        network: String = AttachableNetwork.pods,
        addresses: [IPAddress] = [],
        mtu: UInt32? = nil,
        label: String = "",
        name: String = "",
        isRepeatable: Bool = false
    ) {
        self.key = key
        self.namespace = namespace
        self.network = network
        self.addresses = addresses
        self.mtu = mtu
        self.label = label
        self.name = name
        self.isRepeatable = isRepeatable
    }
}
