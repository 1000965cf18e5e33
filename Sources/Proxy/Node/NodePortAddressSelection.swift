public import Addressing

extension ProxyConfiguration.NodePortAddresses {
    /// The local addresses on which NodePorts are served.
    ///
    /// Only addresses that this machine has count, and loopback addresses never. For `primary` it is the node's own
    /// addresses: a family in which the node has none serves no NodePorts. For ranges it is every address in one of
    /// them, and in a family without a range every address but link-local ones, which each interface has and which
    /// nobody dials.
    ///
    /// - Parameters:
    ///   - node: The node's own addresses.
    ///   - local: The addresses of this machine.
    public func select(node: NodeAddresses, local: [LocalAddress]) -> Set<IPAddress> {
        let candidates = Set(local.map(\.address).filter { !$0.isLoopback && !$0.isUnspecified && !$0.isMulticast })
        switch self {
        case .primary:
            return candidates.intersection(node.all)
        case .prefixes(let prefixes):
            let namedFamilies = Set(prefixes.map(\.family))
            return candidates.filter { address in
                namedFamilies.contains(address.family)
                    ? prefixes.contains { $0.contains(address) } : !address.isLinkLocal
            }
        }
    }

    /// Where the health-check servers of Services listen, given the addresses that ``select(node:local:)`` chose.
    ///
    /// Upstream listens on every address where nothing is excluded.
    public func healthCheckBinding(selected: Set<IPAddress>) -> HealthCheckServers.Binding {
        if case .prefixes(let prefixes) = self, IPFamily.allCases.allSatisfy({ prefixes.matchAll($0) }) {
            return .every
        }
        return .addresses(selected)
    }
}

extension [IPPrefix] {
    /// Whether every address of the family is selected: by a range of length 0, or because no range is of the family.
    fileprivate func matchAll(_ family: IPFamily) -> Bool {
        let own = filter { $0.family == family }
        return own.isEmpty || own.contains { $0.length == 0 }
    }
}
