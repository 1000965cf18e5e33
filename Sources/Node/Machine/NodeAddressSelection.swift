import Addressing
import Netlink

/// Which addresses a node has, where nobody says it.
enum NodeAddressSelection {
    /// One address of each family: that of the default route with the least metric, or else of the first link that has
    /// one.
    ///
    /// - Parameters:
    ///   - links: The machine's links.
    ///   - addresses: Their addresses, in the kernel's order.
    ///   - routes: The main table's routes.
    static func select(links: [Link], addresses: [InterfaceAddress], routes: [Route]) -> [IPAddress] {
        let usable = Set(links.filter { isUsable($0) }.map(\.index))
        let candidates = addresses.filter { usable.contains($0.interface) && isUsable($0) }
        let ways = routes.filter { $0.destination.length == 0 }.sorted { ($0.metric ?? 0) < ($1.metric ?? 0) }
        return IPFamily.allCases.compactMap { family in
            let ofFamily = candidates.filter { $0.address.family == family }
            for route in ways where route.destination.family == family {
                for link in route.nextHops.compactMap(\.interface) {
                    let here = ofFamily.filter { $0.interface == link }
                    if let preferred = here.first(where: { $0.address == route.preferredSource }) ?? here.first {
                        return preferred.address
                    }
                }
            }
            return ofFamily.min { $0.interface < $1.interface }?.address
        }
    }

    /// Not a link of pods, nor one of the overlay's.
    private static func isUsable(_ link: Link) -> Bool {
        guard link.flags.contains(.up), !link.flags.contains(.loopback), link.group != Link.podGroup else {
            return false
        }
        return !["trama.", "tb-", "tv-", "docker", "cni", "virbr"].contains { link.name.hasPrefix($0) }
    }

    /// Others can reach it, and it will stay.
    private static func isUsable(_ address: InterfaceAddress) -> Bool {
        var transient: InterfaceAddressFlags = [.deprecated, .tentative, .duplicate]
        if address.address.family == .ipv6 { transient.insert(.secondary) }
        return address.scope == .universe && address.flags.isDisjoint(with: transient) && !address.address.isLinkLocal
            && !address.address.isLoopback
    }

    /// Reads what this machine has, and selects.
    static func ofThisMachine() async throws -> [IPAddress] {
        let network = try RouteConnection()
        let links = try await network.links()
        let addresses = try await network.addresses()
        var routes: [Route] = []
        for family in IPFamily.allCases { routes += try await network.routes(family: family) }
        return select(links: links, addresses: addresses, routes: routes)
    }
}
