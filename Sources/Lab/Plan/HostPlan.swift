public import Addressing

/// One host of a lab: its names and addresses.
public struct HostPlan: Sendable, Hashable {
    /// What a host is there for.
    public enum Role: Sendable, Hashable {
        /// It runs the control plane.
        case controlPlane
        /// It is a node, and which.
        case node(Int)
        /// The machine itself, which takes part by one link.
        case outside
    }

    /// An address, and what it needs.
    public struct Address: Sendable, Hashable {
        /// The host's.
        public var address: IPAddress
        /// How many bits of it name the host's subnet.
        public var length: Int
        /// The router's address on that subnet; where hosts are on one bridge, the machine's.
        public var gateway: IPAddress
    }

    /// What it is there for.
    public var role: Role
    /// What the user calls it: `cp`, `node-1`, `outside`. So is its link in the underlay called, and the Node.
    public var name: String
    /// Its namespace's name; nil for the machine itself.
    public var namespace: String?
    /// Its link to the underlay.
    public var link: String
    /// Its addresses, in the order of the lab's families.
    public var addresses: [Address]
}
