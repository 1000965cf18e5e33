import Addressing
import Netlink
import OverlayCore

extension OverlayPlanner {
    /// By which way packets for each peer go by the routes that are there: what ``objects(of:_:)`` makes, read backwards.
    ///
    /// Peers without a route, and those whose route is none that we make, are left out. Of a route onto the WireGuard
    /// device is not known whether it leads to a relay.
    ///
    /// - Parameters:
    ///   - routes: The routes of ``RouteOrigin/trama``.
    ///   - names: The links' names by ifindex.
    func ways(in routes: [Route], names: [UInt32: String]) -> [PeerID: PeerRoute] {
        var found: [KernelKey: OverlayRoute] = [:]
        for route in routes {
            guard let key = route.overlayKey, case .route(let route) = KernelObject(route, name: { names[$0] }) else {
                continue
            }
            found[key] = route
        }
        var owners: [IPAddress: PeerID] = [:]
        for (id, peer) in state.peers.sorted(by: { $1.key < $0.key }) {
            for family in IPFamily.allCases {
                if let hop = nextHop(of: peer.record, family) { owners[hop] = id }
            }
        }
        var ways: [PeerID: PeerRoute] = [:]
        for (id, peer) in state.peers {
            // IPv4's first: the MTU of IPv6 routes is never below 1,280.
            let prefixes = prefixes(of: peer.record).accepted.sorted { $0.family == .ipv4 && $1.family != .ipv4 }
            ways[id] =
                prefixes.lazy.compactMap { prefix in
                    found[.route(prefix, metric: OverlayRoute.metric(prefix.family))].flatMap {
                        way(of: $0, to: id, owners)
                    }
                }.first
        }
        return ways
    }

    private func way(of route: OverlayRoute, to id: PeerID, _ owners: [IPAddress: PeerID]) -> PeerRoute? {
        let mtu = route.mtu ?? node.podMTU
        switch route.way {
        case .link(node.wireGuardDevice):
            return .wireGuard(mtu: mtu)
        case .neighbour(let hop, on: node.vxlanDevice):
            return owners[hop].map { $0 == id ? .vxlan(mtu: mtu) : .relay($0, over: .vxlan, mtu: mtu) }
        default:
            return nil
        }
    }
}
