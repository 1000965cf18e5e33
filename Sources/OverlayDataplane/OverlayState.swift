public import Addressing
public import OverlayCore

/// All that the kernel is to know of the overlay, in the overlay's own terms.
///
/// A value: the daemon makes a new one when something changes, and the reconciler works out what that means for the
/// kernel.
public struct OverlayState: Sendable, Hashable {
    /// This host.
    public var node: OverlayNode
    /// The other peers, by identity; removed ones are not among them.
    public var peers: [PeerID: Peer]
    /// The pods' interfaces on this host.
    public var pods: [Pod]
    /// The bridged networks that this host has joined.
    public var networks: [Network]
    /// The member list was complete once: what is not in it may be deleted from the kernel. Until then things are
    /// only added.
    public var isComplete: Bool

    /// A state from its parts.
    public init(
        node: OverlayNode,
        peers: [PeerID: Peer] = [:],
        pods: [Pod] = [],
        networks: [Network] = [],
        isComplete: Bool = false
    ) {
        self.node = node
        self.peers = peers
        self.pods = pods
        self.networks = networks
        self.isComplete = isComplete
    }

    /// Another peer, and the way to it.
    public struct Peer: Sendable, Hashable {
        /// What it says of itself.
        public var record: PeerRecord
        /// How packets for its pods go.
        public var route: PeerRoute

        /// A peer from its parts.
        public init(record: PeerRecord, route: PeerRoute) {
            self.record = record
            self.route = route
        }
    }

    /// A pod's interface: a veth whose other end is in the pod's namespace.
    public struct Pod: Sendable, Hashable {
        /// The name of the host's end.
        public var interface: String
        /// The pod's addresses, each routed to the host's end.
        public var addresses: [IPAddress]

        /// A pod from its parts.
        public init(interface: String, addresses: [IPAddress]) {
            self.interface = interface
            self.addresses = addresses
        }
    }

    /// A bridged network on this host.
    public struct Network: Sendable, Hashable {
        /// The name of a network's bridge.
        public static func bridgeName(vni: UInt32) -> String { "tb-\(vni)" }

        /// What people call it.
        public var name: String
        /// Its VNI, 1 to 16,777,215, different from every other network's and the pod network's.
        public var vni: UInt32
        /// Its address ranges.
        public var prefixes: [IPPrefix]
        /// The host's ends of the veths that are ports of its bridge.
        public var ports: [String]
        /// The peers that joined it too: broadcasts are sent to each.
        public var members: [PeerID]

        /// A network from its parts.
        public init(name: String, vni: UInt32, prefixes: [IPPrefix], ports: [String] = [], members: [PeerID] = []) {
            self.name = name
            self.vni = vni
            self.prefixes = prefixes
            self.ports = ports
            self.members = members
        }
    }
}

/// What the kernel is to know of this host.
public struct OverlayNode: Sendable, Hashable {
    /// Who we are.
    public var id: PeerID
    /// The underlay address that our tunnels begin at; nil while there is none.
    public var tunnelEndpoint: IPAddress?
    /// The prefixes whose addresses our pods have, of either family.
    public var prefixes: [IPPrefix]
    /// The ranges of the whole cluster's pods: what goes there and has no route is unreachable, never the default
    /// gateway's business.
    public var clusterRanges: [IPPrefix]
    /// VNI of the pod network.
    public var vni: UInt32
    /// UDP port of VXLAN.
    public var vxlanPort: UInt16
    /// UDP port of WireGuard.
    public var wireGuardPort: UInt16
    /// The VXLAN device's name.
    public var vxlanDevice: String
    /// The WireGuard device's name; nil where there is no encrypted path. Another part makes the device.
    public var wireGuardDevice: String?
    /// What we want of the paths.
    public var encryption: EncryptionPolicy
    /// The largest packet, in bytes, that a pod may send.
    public var podMTU: UInt32
    /// The largest packet, in bytes, that leaves by the underlay interface in one piece. The VXLAN device takes what
    /// fits into it, so that probes can find more than the routes allow.
    public var underlayMTU: UInt32
    /// What leaves the cluster gets the host's address.
    public var masquerades: Bool
    /// Addresses of our prefixes that are the host's own (`trama expose`).
    public var exposedAddresses: [IPAddress]

    /// A node from its parts.
    public init(
        id: PeerID,
        tunnelEndpoint: IPAddress? = nil,
        prefixes: [IPPrefix] = [],
        clusterRanges: [IPPrefix] = [],
        vni: UInt32 = 6784,
        vxlanPort: UInt16 = 6784,
        wireGuardPort: UInt16 = 6783,
        vxlanDevice: String = "trama.vxlan",
        wireGuardDevice: String? = nil,
        encryption: EncryptionPolicy = .off,
        podMTU: UInt32 = 1420,
        underlayMTU: UInt32 = 1500,
        masquerades: Bool = true,
        exposedAddresses: [IPAddress] = []
    ) {
        self.id = id
        self.tunnelEndpoint = tunnelEndpoint
        self.prefixes = prefixes
        self.clusterRanges = clusterRanges
        self.vni = vni
        self.vxlanPort = vxlanPort
        self.wireGuardPort = wireGuardPort
        self.vxlanDevice = vxlanDevice
        self.wireGuardDevice = wireGuardDevice
        self.encryption = encryption
        self.podMTU = podMTU
        self.underlayMTU = underlayMTU
        self.masquerades = masquerades
        self.exposedAddresses = exposedAddresses
    }
}
