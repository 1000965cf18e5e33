public import Addressing
import CLinux
import Glibc

extension RouteConnection {
    /// The routes of one table of a family, or of every table.
    ///
    /// - Parameters:
    ///   - family: Whose routes.
    ///   - table: Its number; nil is all of them. One that was never used is empty.
    ///   - origin: Only routes of this origin; the kernel leaves out the others.
    public func routes(
        family: IPFamily,
        table: UInt32? = Route.mainTable,
        origin: RouteOrigin = .unspecified
    ) throws(NetlinkError) -> [Route] {
        var header = rtmsg()
        header.rtm_family = family.socketFamily
        header.rtm_protocol = origin.rawValue
        do throws(NetlinkError) {
            let routes = try dump(
                "list \(family) routes",
                RTM_GETROUTE,
                header,
                attributes: { if let table { $0.attribute(UInt16(RTA_TABLE.rawValue), table) } },
                decode: { body throws(MessageError) in try Route(body: body) }
            )
            return routes.filter { table == nil || $0.table == table }
        } catch {
            // "FIB table does not exist": tables begin with their first route.
            guard table != nil, error.errno == ENOENT else { throw error }
            return []
        }
    }

    /// Adds a route; fails where one to the same destination with the same metric is there (`EEXIST`).
    public func addRoute(_ route: Route) throws(NetlinkError) {
        try perform(.addRoute(route))
    }

    /// Adds a route, in place of one to the same destination with the same metric.
    public func replaceRoute(_ route: Route) throws(NetlinkError) {
        try perform(.replaceRoute(route))
    }

    /// Removes a route.
    public func removeRoute(_ route: Route) throws(NetlinkError) {
        try perform(.removeRoute(route))
    }
}
