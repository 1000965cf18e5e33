public import Addressing

/// One entry of a routing table, as `RTM_NEWROUTE` describes it.
public struct Route: Sendable, Hashable {
    /// Where it leads (`RTA_DST`); `0.0.0.0/0` or `::/0` is the default route.
    public var destination: IPPrefix
    /// `RTA_TABLE`.
    public var table: UInt32
    /// What happens to a packet that matches.
    public var type: RouteType
    /// Who put it there (`rtm_protocol`).
    public var origin: RouteOrigin
    /// How far its destination is (`rtm_scope`); IPv6 has only `universe`.
    public var scope: RouteScope
    /// The ways on; several share the traffic by weight (`RTA_MULTIPATH`).
    public var nextHops: [NextHop]
    /// `RTA_PREFSRC`: the source address of packets that have none yet.
    public var preferredSource: IPAddress?
    /// `RTA_PRIORITY`: of two routes to one destination the lower wins; nil is the family's default.
    public var metric: UInt32?
    /// `RTAX_MTU` in bytes.
    public var mtu: UInt32?
    /// `RTAX_LOCK`: the MTU holds whatever routers say (path MTU discovery).
    public var isMTULocked: Bool

    /// Table 254: what `ip route` shows.
    public static let mainTable: UInt32 = 254
    /// Table 255: the host's own addresses.
    public static let localTable: UInt32 = 255

    /// A route of these parts.
    public init(
        to destination: IPPrefix,
        table: UInt32 = mainTable,
        type: RouteType = .unicast,
        origin: RouteOrigin = .administrator,
        scope: RouteScope = .universe,
        nextHops: [NextHop] = [],
        preferredSource: IPAddress? = nil,
        metric: UInt32? = nil,
        mtu: UInt32? = nil,
        isMTULocked: Bool = false
    ) {
        self.destination = destination
        self.table = table
        self.type = type
        self.origin = origin
        self.scope = scope
        self.nextHops = nextHops
        self.preferredSource = preferredSource
        self.metric = metric
        self.mtu = mtu
        self.isMTULocked = isMTULocked
    }

    /// One way on.
    public struct NextHop: Sendable, Hashable {
        /// The neighbour that forwards (`RTA_GATEWAY`, or `RTA_VIA` where it is of the other family); nil where the
        /// destination is on the link.
        public var gateway: IPAddress?
        /// The ifindex of the link (`RTA_OIF`); nil lets the kernel find it from the gateway.
        public var interface: UInt32?
        /// `RTNH_F_ONLINK`: the gateway is on the link although no route says so.
        public var isOnLink: Bool
        /// Its share among several, 1...256.
        public var weight: Int

        /// A way on.
        public init(gateway: IPAddress? = nil, interface: UInt32? = nil, isOnLink: Bool = false, weight: Int = 1) {
            self.gateway = gateway
            self.interface = interface
            self.isOnLink = isOnLink
            self.weight = weight
        }
    }
}

/// What a route does with a packet (`RTN_*`, `include/uapi/linux/rtnetlink.h`).
public struct RouteType: RawRepresentable, Sendable, Hashable {
    /// `rtm_type`.
    public var rawValue: UInt8

    /// The type of that number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Of a route that is to be removed, any (`RTN_UNSPEC`).
    public static let unspecified = RouteType(rawValue: 0)
    /// Forward it by the next hops (`RTN_UNICAST`).
    public static let unicast = RouteType(rawValue: 1)
    /// Deliver it here (`RTN_LOCAL`).
    public static let local = RouteType(rawValue: 2)
    /// A broadcast on the link (`RTN_BROADCAST`).
    public static let broadcast = RouteType(rawValue: 3)
    /// A multicast (`RTN_MULTICAST`).
    public static let multicast = RouteType(rawValue: 5)
    /// Drop it in silence (`RTN_BLACKHOLE`).
    public static let blackhole = RouteType(rawValue: 6)
    /// Drop it, and tell its sender (`RTN_UNREACHABLE`).
    public static let unreachable = RouteType(rawValue: 7)
}

/// Who put a route into the table (`RTPROT_*`).
public struct RouteOrigin: RawRepresentable, Sendable, Hashable {
    /// `rtm_protocol`.
    public var rawValue: UInt8

    /// The origin of that number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Unknown; as a filter, any (`RTPROT_UNSPEC`).
    public static let unspecified = RouteOrigin(rawValue: 0)
    /// The kernel, with an address (`RTPROT_KERNEL`).
    public static let kernel = RouteOrigin(rawValue: 2)
    /// The boot scripts; `ip route` says so unless told otherwise (`RTPROT_BOOT`).
    public static let boot = RouteOrigin(rawValue: 3)
    /// The administrator: routing daemons leave it alone (`RTPROT_STATIC`).
    public static let administrator = RouteOrigin(rawValue: 4)
    /// Trama: a number that `rtnetlink.h` gives to nobody.
    public static let trama = RouteOrigin(rawValue: 77)
}

/// How far away something is (`RT_SCOPE_*`).
public struct RouteScope: RawRepresentable, Sendable, Hashable {
    /// `rtm_scope`, `ifa_scope`.
    public var rawValue: UInt8

    /// The scope of that number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Anywhere (`RT_SCOPE_UNIVERSE`).
    public static let universe = RouteScope(rawValue: 0)
    /// On the link (`RT_SCOPE_LINK`).
    public static let link = RouteScope(rawValue: 253)
    /// On this host (`RT_SCOPE_HOST`).
    public static let host = RouteScope(rawValue: 254)
    /// Nowhere; of a route that is to be removed, any (`RT_SCOPE_NOWHERE`).
    public static let nowhere = RouteScope(rawValue: 255)
}
