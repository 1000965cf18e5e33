public import Addressing

/// The protocol family of a table; the raw value is the kernel's `NFPROTO_*` number.
public enum TableFamily: UInt8, Sendable, Hashable, CaseIterable {
    /// IPv4 and IPv6 in one table (`NFPROTO_INET`).
    case inet = 1
    /// IPv4 (`NFPROTO_IPV4`).
    case ip = 2
    /// ARP (`NFPROTO_ARP`).
    case arp = 3
    /// Ingress and egress of a device (`NFPROTO_NETDEV`).
    case netdev = 5
    /// Frames that pass a bridge (`NFPROTO_BRIDGE`).
    case bridge = 7
    /// IPv6 (`NFPROTO_IPV6`).
    case ip6 = 10

    /// The family of a table that sees packets of one address family: `ip` or `ip6`.
    public init(_ family: IPFamily) {
        self =
            switch family {
            case .ipv4: .ip
            case .ipv6: .ip6
            }
    }
}

extension TableFamily: CustomStringConvertible {
    /// The word that `nft` uses.
    public var description: String {
        switch self {
        case .inet: "inet"
        case .ip: "ip"
        case .arp: "arp"
        case .netdev: "netdev"
        case .bridge: "bridge"
        case .ip6: "ip6"
        }
    }
}
