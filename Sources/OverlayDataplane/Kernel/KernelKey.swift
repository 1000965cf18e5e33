import Addressing
import Netlink

/// Which object of the kernel, by what makes it the only one of its kind in a network namespace.
///
/// Links go by their names: an ifindex says nothing before the link is there, and another after it was made again.
enum KernelKey: Sendable, Hashable {
    /// A link of ours.
    case link(String)
    /// A setting, by its path below `/proc/sys`; of the link, where it is one of a link's.
    case sysctl(String, link: String?)
    /// An address of a link, with its prefix length.
    case address(link: String, IPAddress, length: Int)
    /// A link's place in a bridge.
    case port(String)
    /// The group that a link is in.
    case group(String)
    /// A neighbour on a link.
    case neighbour(link: String, IPAddress)
    /// A tunnel's forwarding entry for a link-layer address.
    case forwarding(link: String, LinkLayerAddress)
    /// A tunnel's forwarding entry for everything that has no other (all-zero address); there is one for each far end.
    case flood(link: String, IPAddress)
    /// A route of the main table.
    case route(IPPrefix, metric: UInt32)
}

extension KernelKey {
    /// The link that it is on, or is of; nil for routes, whose link is what they lead to, and for the host's settings.
    var link: String? {
        switch self {
        case .link(let name), .port(let name), .group(let name): name
        case .sysctl(_, let link): link
        case .address(let link, _, _), .neighbour(let link, _), .forwarding(let link, _), .flood(let link, _): link
        case .route: nil
        }
    }

    /// Whether it is a link of ours.
    var isLink: Bool { if case .link = self { true } else { false } }

    /// The order in which things are made: each needs only what comes before it.
    var phase: Int {
        switch self {
        case .link: 0
        case .sysctl: 1
        case .address: 2
        case .port, .group: 3
        case .neighbour: 4
        case .forwarding, .flood: 5
        // What catches the rest is there before there is a rest.
        case .route(_, let metric): metric >= OverlayRoute.lastResortMetric ? 6 : 7
        }
    }
}

extension KernelKey: CustomStringConvertible {
    /// The object as people call it.
    var description: String {
        switch self {
        case .link(let name): "link \(name)"
        case .sysctl(let path, _): "sysctl \(path)"
        case .address(let link, let address, let length): "address \(address)/\(length) of link \(link)"
        case .port(let name): "bridge of link \(name)"
        case .group(let name): "group of link \(name)"
        case .neighbour(let link, let address): "neighbour \(address) on link \(link)"
        case .forwarding(let link, let address): "forwarding entry \(address) of link \(link)"
        case .flood(let link, let address): "flooding of link \(link) to \(address)"
        case .route(let prefix, _): "route \(prefix)"
        }
    }
}
