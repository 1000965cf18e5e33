public import Addressing

/// A network that containers can be attached to on this host, with what of it is the host's to give out.
public struct AttachableNetwork: Sendable, Hashable {
    /// The name of the routed pod network: none.
    public static let pods = ""

    /// What people call it; ``pods`` for the routed pod network.
    public var name: String
    /// The ranges of the whole network, on all hosts; a container gets an address of each family among them.
    public var ranges: [IPPrefix]
    /// The parts of the ranges whose addresses this host gives to containers; may be empty for a while.
    public var prefixes: [IPPrefix]
    /// The largest packet in bytes.
    public var mtu: UInt32
    /// The bridge that containers' veths become ports of; nil where they are routed.
    public var bridge: String?

    /// A network from its parts.
    public init(
        name: String = pods,
        ranges: [IPPrefix],
        prefixes: [IPPrefix],
        mtu: UInt32,
        bridge: String? = nil
    ) {
        self.name = name
        self.ranges = ranges
        self.prefixes = prefixes
        self.mtu = mtu
        self.bridge = bridge
    }

    /// The families of its ranges, IPv4 first.
    public var families: [IPFamily] {
        [.ipv4, .ipv6].filter { family in ranges.contains { $0.family == family } }
    }
}
