public import Addressing

/// What a link is (`IFLA_INFO_KIND`), with the settings of its kind (`IFLA_INFO_DATA`).
public enum LinkKind: Sendable, Hashable {
    /// A device without a kind: hardware, or the loopback.
    case device
    /// A switch (`bridge`).
    case bridge(Bridge)
    /// A tunnel of Ethernet frames over UDP, RFC 7348 (`vxlan`).
    case vxlan(VXLAN)
    /// One of two joined ends (`veth`). The peer is said when the pair is made; the kernel does not repeat it.
    case veth(peer: VethPeer?)
    /// A device whose other side is a file descriptor (`tun`). It is made with an ioctl, not over netlink.
    case tun(TUN)
    /// Any other kind, by name: `dummy`, `wireguard`.
    case other(String)

    /// The kernel's word for it; nil for a device without kind.
    public var name: String? {
        switch self {
        case .device: nil
        case .bridge: "bridge"
        case .vxlan: "vxlan"
        case .veth: "veth"
        case .tun: "tun"
        case .other(let name): name
        }
    }

    /// Settings of a bridge; nil leaves one at its default.
    public struct Bridge: Sendable, Hashable {
        /// `IFLA_BR_STP_STATE`: whether the spanning tree protocol runs.
        public var spanningTree: Bool?
        /// `IFLA_BR_VLAN_FILTERING`: whether VLAN tags decide where frames go.
        public var vlanFiltering: Bool?
        /// `IFLA_BR_MCAST_SNOOPING`: whether multicast goes only where it is listened to.
        public var multicastSnooping: Bool?

        /// Settings of a bridge.
        public init(spanningTree: Bool? = nil, vlanFiltering: Bool? = nil, multicastSnooping: Bool? = nil) {
            self.spanningTree = spanningTree
            self.vlanFiltering = vlanFiltering
            self.multicastSnooping = multicastSnooping
        }
    }

    /// Settings of a VXLAN tunnel; nil leaves one at its default.
    public struct VXLAN: Sendable, Hashable {
        /// `IFLA_VXLAN_ID`: the network identifier, 24 bits.
        public var id: UInt32
        /// `IFLA_VXLAN_LINK`: the ifindex of the link that carries the tunnel.
        public var underlay: UInt32?
        /// `IFLA_VXLAN_LOCAL` or `IFLA_VXLAN_LOCAL6`: the source of outer packets.
        public var local: IPAddress?
        /// `IFLA_VXLAN_PORT`: the UDP port; IANA's is 4789, the kernel's default 8472.
        public var port: UInt16?
        /// `IFLA_VXLAN_LEARNING`: whether forwarding entries are learnt from traffic.
        public var learning: Bool?
        /// `IFLA_VXLAN_DF`: whether outer IPv4 packets may be fragmented.
        public var dontFragment: DontFragment?
        /// `IFLA_VXLAN_UDP_CSUM`: whether outer IPv4 packets have a UDP checksum.
        public var udpChecksum: Bool?
        /// `IFLA_VXLAN_UDP_ZERO_CSUM6_TX`: whether outer IPv6 packets go without a UDP checksum.
        public var omitsChecksum6: Bool?
        /// `IFLA_VXLAN_UDP_ZERO_CSUM6_RX`: whether outer IPv6 packets without a UDP checksum are taken.
        public var acceptsNoChecksum6: Bool?

        /// What becomes of the DF bit of outer IPv4 packets (`enum ifla_vxlan_df`).
        public enum DontFragment: UInt8, Sendable, Hashable {
            /// Not set: they may be fragmented.
            case unset = 0
            /// Set.
            case set = 1
            /// As the inner packet has it.
            case inherit = 2
        }

        /// Settings of a tunnel.
        public init(
            id: UInt32,
            underlay: UInt32? = nil,
            local: IPAddress? = nil,
            port: UInt16? = nil,
            learning: Bool? = nil,
            dontFragment: DontFragment? = nil,
            udpChecksum: Bool? = nil,
            omitsChecksum6: Bool? = nil,
            acceptsNoChecksum6: Bool? = nil
        ) {
            self.id = id
            self.underlay = underlay
            self.local = local
            self.port = port
            self.learning = learning
            self.dontFragment = dontFragment
            self.udpChecksum = udpChecksum
            self.omitsChecksum6 = omitsChecksum6
            self.acceptsNoChecksum6 = acceptsNoChecksum6
        }
    }

    /// The other end of a veth pair that is to be made.
    public struct VethPeer: Sendable, Hashable {
        /// Its name, in its namespace.
        public var name: String
        /// `IFLA_NET_NS_FD`: the open descriptor of its namespace; nil is the namespace of the request.
        public var namespaceDescriptor: Int32?
        /// `IFLA_ADDRESS`; nil lets the kernel choose.
        public var address: LinkLayerAddress?
        /// `IFLA_MTU` in bytes.
        public var mtu: UInt32?

        /// The end of that name; the descriptor must stay open until the request is done.
        public init(
            name: String,
            namespaceDescriptor: Int32? = nil,
            address: LinkLayerAddress? = nil,
            mtu: UInt32? = nil
        ) {
            self.name = name
            self.namespaceDescriptor = namespaceDescriptor
            self.address = address
            self.mtu = mtu
        }
    }

    /// What the kernel tells of a tun device.
    public struct TUN: Sendable, Hashable {
        /// `IFLA_TUN_TYPE`: whether it carries Ethernet frames (`IFF_TAP`) and not IP packets (`IFF_TUN`).
        public var carriesFrames: Bool
        /// `IFLA_TUN_PERSIST`: whether it outlives its descriptor.
        public var isPersistent: Bool
        /// `IFLA_TUN_MULTI_QUEUE`: whether it may have several descriptors.
        public var hasMultipleQueues: Bool

        /// A device of these traits.
        public init(carriesFrames: Bool, isPersistent: Bool = false, hasMultipleQueues: Bool = false) {
            self.carriesFrames = carriesFrames
            self.isPersistent = isPersistent
            self.hasMultipleQueues = hasMultipleQueues
        }
    }
}
