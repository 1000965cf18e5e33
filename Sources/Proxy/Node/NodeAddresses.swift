public import Addressing

/// The node's own addresses, at most one of each family: what `primary` stands for, and what load-balancer source ranges
/// are compared with.
public struct NodeAddresses: Sendable, Hashable {
    /// An entry of a Node's `status.addresses`.
    public struct StatusAddress: Sendable, Hashable {
        /// `InternalIP`, `ExternalIP`, `Hostname`, …
        public var type: String
        /// The address or name.
        public var address: String

        /// That entry.
        public init(type: String, address: String) {
            self.type = type
            self.address = address
        }
    }

    /// The IPv4 address.
    public var ipv4: IPAddress?
    /// The IPv6 address.
    public var ipv6: IPAddress?
    /// The family of the first; the order matters to nobody but people.
    public var primaryFamily: IPFamily = .ipv4

    /// No addresses.
    public init() {}

    /// The address of that family.
    public subscript(family: IPFamily) -> IPAddress? {
        get { family == .ipv4 ? ipv4 : ipv6 }
        set { if family == .ipv4 { ipv4 = newValue } else { ipv6 = newValue } }
    }

    /// The addresses there are.
    public var all: Set<IPAddress> { Set([ipv4, ipv6].compactMap { $0 }) }

    /// Chooses the addresses.
    ///
    /// From the Node, as upstream: its InternalIPs in their order, then its ExternalIPs; the first of each family.
    /// Without a Node that has any: for each family the first lasting global address of the interface of the default
    /// route, or the source address that the route prefers. Loopback addresses count as unknown.
    ///
    /// - Parameters:
    ///   - override: ``ProxyConfiguration/nodeAddressOverride``; replaces the address of its family.
    ///   - status: The Node's `status.addresses`; nil where there is no Node.
    ///   - local: The addresses of this machine, in the kernel's order.
    ///   - routes: The default routes of the main table.
    public static func select(
        override: IPAddress?,
        status: [StatusAddress]?,
        local: [LocalAddress],
        routes: [DefaultRoute]
    ) -> NodeAddresses {
        var addresses = NodeAddresses()
        let announced = ["InternalIP", "ExternalIP"]
            .flatMap { type in (status ?? []).filter { $0.type == type } }
            .compactMap { IPAddress($0.address) }
            .filter(\.isUsable)
        if let first = announced.first {
            addresses.primaryFamily = first.family
            for family in IPFamily.allCases { addresses[family] = announced.first { $0.family == family } }
        } else {
            for family in IPFamily.allCases { addresses[family] = outgoingAddress(family, local, routes) }
            if addresses.ipv4 == nil, addresses.ipv6 != nil { addresses.primaryFamily = .ipv6 }
        }
        if let override, !override.isUnspecified {
            addresses[override.family] = override.isUsable ? override : nil
            addresses.primaryFamily = override.family
        }
        return addresses
    }

    /// The address with which this machine speaks to the world.
    private static func outgoingAddress(
        _ family: IPFamily,
        _ local: [LocalAddress],
        _ routes: [DefaultRoute]
    ) -> IPAddress? {
        let candidates = local.filter {
            $0.address.family == family && $0.scope == .global && !$0.isTransient && $0.address.isUsable
        }
        for route in routes.filter({ $0.family == family }).sorted(by: { $0.metric < $1.metric }) {
            if let source = route.preferredSource, candidates.contains(where: { $0.address == source }) {
                return source
            }
            if let first = candidates.first(where: { $0.interface == route.interface }) { return first.address }
        }
        return nil
    }
}

extension IPAddress {
    /// Whether it may be a node's address.
    fileprivate var isUsable: Bool { !isLoopback && !isUnspecified && !isMulticast }
}
