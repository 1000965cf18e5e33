import Addressing
import Netlink

/// Why a range cannot be the pods': this host has some of its addresses elsewhere.
struct RangeConflict: Error, Equatable, CustomStringConvertible {
    /// The pods' range.
    var range: IPPrefix
    /// What of it is elsewhere, and where: `the address 10.32.0.5/24 of eth0`.
    var place: String

    var description: String {
        "--range \(range): overlaps \(place); give a range that is free on every host"
    }
}

extension HostNetwork {
    /// Looks whether a range is free on this host.
    ///
    /// Addresses of other links and routes into the range conflict. A route that leads to more than the range does
    /// not: pods have more specific ones, and default routes and supernets of a site are of this kind.
    ///
    /// - Parameters:
    ///   - routes: All routes of the main table.
    ///   - isOurs: Whether a link, by name, is the overlay's own.
    func conflict(
        with ranges: [IPPrefix],
        routes: [Route],
        isOurs: (String) -> Bool
    ) -> RangeConflict? {
        let names = Dictionary(links.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
        for range in ranges {
            for address in addresses {
                guard let name = names[address.interface], !isOurs(name), !address.address.isLinkLocal,
                    let subnet = IPPrefix(address.address, length: address.prefixLength), subnet.overlaps(range)
                else { continue }
                return RangeConflict(
                    range: range,
                    place: "the address \(address.address)/\(address.prefixLength) of \(name)"
                )
            }
            for route in routes where route.origin != .trama && route.destination.length >= range.length {
                let devices = route.nextHops.compactMap { $0.interface.flatMap { names[$0] } }
                guard range.contains(route.destination.address), devices.isEmpty || !devices.allSatisfy(isOurs) else {
                    continue
                }
                let device = devices.first.map { " by \($0)" } ?? ""
                return RangeConflict(range: range, place: "the route to \(route.destination)\(device)")
            }
        }
        return nil
    }

    /// The same of this host as it is now.
    static func conflict(
        with ranges: [IPPrefix],
        isOurs: (String) -> Bool
    ) async throws(NetlinkError) -> RangeConflict? {
        let network = try await read()
        let connection = try RouteConnection()
        var routes: [Route] = []
        for family in Set(ranges.map(\.family)) { routes += try await connection.routes(family: family) }
        return network.conflict(with: ranges, routes: routes.filter { $0.table == Route.mainTable }, isOurs: isOurs)
    }
}
