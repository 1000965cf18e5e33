import Addressing
import Netlink

/// What the kernel is to have of an attachment.
extension PodAttachment {
    /// 77: routes of this origin are the overlay's, and nobody else's to change.
    private static let routeOrigin = RouteOrigin(rawValue: 77)

    /// The host's route to one of the addresses.
    func hostRoute(to address: IPAddress, interface: UInt32) -> Route {
        Route(
            to: IPPrefix(address),
            origin: Self.routeOrigin,
            scope: address.family == .ipv4 ? .link : .universe,
            nextHops: [.init(interface: interface)]
        )
    }

    /// An address as the container's interface has it; used at once, without asking whether others have it.
    func interfaceAddress(_ address: IPAddress, interface: UInt32) -> InterfaceAddress {
        let length = prefixLength(of: address)
        let network = IPPrefix(address, length: length)
        return InterfaceAddress(
            interface: interface,
            address: address,
            prefixLength: length,
            broadcast: bridge != nil && address.family == .ipv4 && length < 31 ? network?.lastAddress : nil,
            flags: address.family == .ipv6 ? .noDuplicateDetection : []
        )
    }

    /// The gateways, at the host's end.
    func containerNeighbours(interface: UInt32) -> [Neighbour] {
        addresses.compactMap { gateway($0.family) }.map {
            Neighbour(interface: interface, address: $0, linkLayerAddress: hostLinkAddress)
        }
    }

    /// The container's routes of one family, in the order in which they can be added.
    func containerRoutes(_ family: IPFamily, interface: UInt32) -> [Route] {
        guard let gateway = gateway(family) else { return multicastRoutes(family, interface: interface) }
        var routes: [Route] = []
        if family == .ipv4 {
            routes.append(Route(to: IPPrefix(gateway), scope: .link, nextHops: [.init(interface: interface)]))
        }
        for destination in destinations(family) {
            routes.append(Route(to: destination, nextHops: [.init(gateway: gateway, interface: interface)]))
        }
        return routes
    }

    /// Multicast stays in a bridged network; the kernel itself routes IPv6's.
    private func multicastRoutes(_ family: IPFamily, interface: UInt32) -> [Route] {
        guard family == .ipv4, let groups = IPPrefix(.v4(0xe000_0000), length: 4) else { return [] }
        return [Route(to: groups, scope: .link, nextHops: [.init(interface: interface)])]
    }
}
