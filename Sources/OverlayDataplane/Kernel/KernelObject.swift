import Addressing
import Netlink

/// What an object of the kernel is like; which one it is, its ``KernelKey`` says.
enum KernelObject: Sendable, Hashable {
    /// A link of ours.
    case link(OverlayLink)
    /// The value of a setting.
    case sysctl(String)
    /// An address; there is nothing more to say of it.
    case address
    /// The bridge that a link is a port of.
    case port(bridge: String)
    /// The number of a link's group.
    case group(UInt32)
    /// The link-layer address of a neighbour, for good (`NUD_PERMANENT`).
    case neighbour(LinkLayerAddress)
    /// Where a tunnel sends frames; the UDP port where it is not the tunnel's own.
    case forwarding(IPAddress, port: UInt16?)
    /// A route.
    case route(OverlayRoute)
    /// Something that is never wanted, in the place of what could be.
    case other
}

/// A link that we make.
struct OverlayLink: Sendable, Hashable {
    /// What it is.
    var kind: Kind
    /// Its link-layer address.
    var address: LinkLayerAddress
    /// Its MTU in bytes.
    var mtu: UInt32
    /// The bridge that it is a port of.
    var bridge: String?

    /// The kinds that we make.
    enum Kind: Sendable, Hashable {
        /// A VXLAN device. Without `local`, a device that is there keeps its own, and none is made.
        case vxlan(vni: UInt32, port: UInt16, local: IPAddress?, learning: Bool)
        /// A bridge without spanning tree and without multicast snooping: multicast goes to every port.
        case bridge
    }

    /// What our links say of themselves (`IFLA_IFALIAS`), so that a later process knows them.
    static let alias = "trama overlay"

    /// The name of a network's bridge.
    static func bridgeName(vni: UInt32) -> String { "tb-\(vni)" }

    /// The name of a network's VXLAN device.
    static func tunnelName(vni: UInt32) -> String { "tv-\(vni)" }

    /// Whether a link says that we made it, and is of a kind that we make.
    static func isMarked(_ link: Link) -> Bool {
        guard link.alias == alias else { return false }
        switch link.kind {
        case .bridge, .vxlan: return true
        default: return false
        }
    }
}

/// A route that we make, in the main table, of ``RouteOrigin/trama``.
struct OverlayRoute: Sendable, Hashable {
    /// Where packets go.
    var way: Way
    /// The source of packets that have none yet.
    var source: IPAddress?
    /// Most bytes of a packet, locked; nil for what the link takes.
    var mtu: UInt32?

    /// Where packets go.
    enum Way: Sendable, Hashable {
        /// To the neighbour of that address on that link, although no route says that it is there.
        case neighbour(IPAddress, on: String)
        /// Onto that link.
        case link(String)
        /// To a router that the other routes lead to.
        case router(IPAddress)
        /// Nowhere, in silence.
        case blackhole
        /// Nowhere, and their sender is told.
        case unreachable
    }

    /// The link that it leads to; nil where that does not matter.
    var link: String? {
        switch way {
        case .neighbour(_, let link), .link(let link): link
        case .router, .blackhole, .unreachable: nil
        }
    }

    /// The metric of ordinary routes: what the kernel gives them where none is asked for, so that one that an operator
    /// replaces is ours.
    static func metric(_ family: IPFamily) -> UInt32 { family == .ipv4 ? 0 : 1024 }

    /// The metric of what catches packets for which there is no ordinary route; from here on up.
    static let lastResortMetric: UInt32 = 60_000
}

extension OverlayLink {
    /// Whether it is a VXLAN device.
    var isTunnel: Bool { if case .vxlan = kind { true } else { false } }

    /// Whether it cannot be made for lack of an address to begin at.
    var isWaitingForEndpoint: Bool {
        if case .vxlan(_, _, nil, _) = kind { true } else { false }
    }
}
