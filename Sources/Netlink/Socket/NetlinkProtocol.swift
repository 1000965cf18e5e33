/// A netlink family; the raw value is its number (`include/uapi/linux/netlink.h`).
public enum NetlinkProtocol: Int32, Sendable, Hashable {
    /// Links, addresses, routes, neighbours (`NETLINK_ROUTE`).
    case route = 0
    /// nftables and conntrack (`NETLINK_NETFILTER`).
    case netfilter = 12
    /// Families that the kernel numbers at run time (`NETLINK_GENERIC`).
    case generic = 16
}
