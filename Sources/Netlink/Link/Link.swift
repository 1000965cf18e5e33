/// A network interface, as `RTM_NEWLINK` describes it.
public struct Link: Sendable, Hashable {
    /// `ifindex`; 0 in a request lets the kernel choose.
    public var index: UInt32
    /// `IFLA_IFNAME`: at most 15 bytes.
    public var name: String
    /// What it is, with the settings of its kind.
    public var kind: LinkKind
    /// `IFF_*`.
    public var flags: LinkFlags
    /// `IFLA_MTU` in bytes; nil leaves the default of the kind.
    public var mtu: UInt32?
    /// `IFLA_ADDRESS`.
    public var address: LinkLayerAddress?
    /// `IFLA_MASTER`: the ifindex of the bridge or bond it is a port of.
    public var master: UInt32?
    /// `IFLA_LINK`: the ifindex of the link it runs on, or of a veth's other end.
    public var parent: UInt32?
    /// `IFLA_LINK_NETNSID`: the namespace of `parent` where it is another one, by an id of this namespace.
    public var parentNamespaceID: Int32?
    /// `IFLA_OPERSTATE`: RFC 2863's state; 6 is up.
    public var operationalState: UInt8?
    /// `IFLA_IFALIAS`: free text.
    public var alias: String?
    /// `IFLA_GROUP`: a number that several links may have in common, by which rules tell them from others; the kernel
    /// gives 0 where none is asked for.
    public var group: UInt32?

    /// A link of these parts.
    public init(
        index: UInt32 = 0,
        name: String,
        kind: LinkKind = .device,
        flags: LinkFlags = [],
        mtu: UInt32? = nil,
        address: LinkLayerAddress? = nil,
        master: UInt32? = nil,
        parent: UInt32? = nil,
        parentNamespaceID: Int32? = nil,
        operationalState: UInt8? = nil,
        alias: String? = nil,
        group: UInt32? = nil
    ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.flags = flags
        self.mtu = mtu
        self.address = address
        self.master = master
        self.parent = parent
        self.parentNamespaceID = parentNamespaceID
        self.operationalState = operationalState
        self.alias = alias
        self.group = group
    }
}

extension Link {
    /// The group of the host's ends of routed pods' veths (`ip link show group 6784`): one comparison of a number tells
    /// a pod's packets from others, where looking a name up takes seven times as long.
    public static let podGroup: UInt32 = 6784
}

/// The flags of a link (`IFF_*`, `include/uapi/linux/if.h`).
public struct LinkFlags: OptionSet, Sendable, Hashable {
    /// `ifi_flags`.
    public var rawValue: UInt32

    /// The flags of that number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Set up by the administrator (`IFF_UP`).
    public static let up = LinkFlags(rawValue: 0x1)
    /// Can broadcast (`IFF_BROADCAST`).
    public static let broadcast = LinkFlags(rawValue: 0x2)
    /// The loopback (`IFF_LOOPBACK`).
    public static let loopback = LinkFlags(rawValue: 0x8)
    /// Has one peer (`IFF_POINTOPOINT`).
    public static let pointToPoint = LinkFlags(rawValue: 0x10)
    /// Operationally up (`IFF_RUNNING`).
    public static let running = LinkFlags(rawValue: 0x40)
    /// Does not resolve neighbours (`IFF_NOARP`).
    public static let noARP = LinkFlags(rawValue: 0x80)
    /// Receives everything (`IFF_PROMISC`).
    public static let promiscuous = LinkFlags(rawValue: 0x100)
    /// Can multicast (`IFF_MULTICAST`).
    public static let multicast = LinkFlags(rawValue: 0x1000)
    /// The driver sees a carrier (`IFF_LOWER_UP`).
    public static let lowerUp = LinkFlags(rawValue: 0x10000)
}
