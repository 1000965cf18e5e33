import Addressing
import Netlink

extension OverlayRoute {
    /// The route as netlink has it; nil where its link is not there.
    ///
    /// - Parameter index: Gives the ifindex of a link.
    func route(to prefix: IPPrefix, metric: UInt32, index: (String) -> UInt32?) -> Route? {
        var route = Route(
            to: prefix,
            origin: .trama,
            preferredSource: source,
            metric: metric == 0 ? nil : metric,
            mtu: mtu,
            isMTULocked: mtu != nil
        )
        switch way {
        case .neighbour(let gateway, let link):
            guard let index = index(link) else { return nil }
            route.nextHops = [.init(gateway: gateway, interface: index, isOnLink: true)]
        case .link(let link):
            guard let index = index(link) else { return nil }
            route.nextHops = [.init(interface: index)]
            if prefix.family == .ipv4 { route.scope = .link }
        case .router(let gateway):
            route.nextHops = [.init(gateway: gateway)]
        case .blackhole:
            route.type = .blackhole
        case .unreachable:
            route.type = .unreachable
        }
        return route
    }
}

extension KernelObject {
    /// The route that the kernel has, in our terms; ``other`` where we make none like it.
    ///
    /// - Parameter name: Gives the name of the link of an ifindex.
    init(_ route: Route, name: (UInt32) -> String?) {
        guard route.mtu == nil || route.isMTULocked, let way = Self.way(of: route, name: name) else {
            self = .other
            return
        }
        self = .route(OverlayRoute(way: way, source: route.preferredSource, mtu: route.mtu))
    }

    private static func way(of route: Route, name: (UInt32) -> String?) -> OverlayRoute.Way? {
        switch route.type {
        // IPv6 says that these lead to the loopback.
        case .blackhole: return .blackhole
        case .unreachable: return .unreachable
        case .unicast: break
        default: return nil
        }
        guard route.nextHops.count == 1, let hop = route.nextHops.first else { return nil }
        let link = hop.interface.flatMap(name)
        switch (hop.gateway, link) {
        case (let gateway?, let link?) where hop.isOnLink: return .neighbour(gateway, on: link)
        case (let gateway?, _) where !hop.isOnLink: return .router(gateway)
        case (nil, let link?): return .link(link)
        default: return nil
        }
    }
}

extension Route {
    /// Which route it is to us; nil outside of the main table.
    var overlayKey: KernelKey? {
        guard table == Route.mainTable else { return nil }
        return .route(destination, metric: metric ?? OverlayRoute.metric(destination.family))
    }
}

extension OverlayLink {
    /// The link as it is made, still down, and without our alias, which the kernel takes only afterwards; nil where it
    /// cannot be made yet.
    ///
    /// - Parameter index: Gives the ifindex of a link.
    func link(named name: String, index: (String) -> UInt32?) -> Link? {
        var link = Link(name: name, kind: .device, mtu: mtu, address: address)
        switch kind {
        case .vxlan(_, _, nil, _):
            return nil
        case .vxlan:
            link.kind = .vxlan(settings)
        case .bridge:
            link.kind = .bridge(Self.bridgeSettings)
        }
        if let bridge {
            guard let index = index(bridge) else { return nil }
            link.master = index
        }
        return link
    }

    /// What must be changed in a link that is there for it to be this one.
    func difference(from link: Link, index: (String) -> UInt32?) -> Difference {
        var change = RouteConnection.LinkChange()
        switch (kind, link.kind) {
        case (.bridge, .bridge(let present)):
            if present.spanningTree != false || present.multicastSnooping != false {
                change.kind = .bridge(Self.bridgeSettings)
            }
        case (.vxlan, .vxlan(let present)):
            guard let kind = changeOfSettings(from: present) else { return .other }
            if kind != .vxlan(.init(id: present.id)) { change.kind = kind }
        default:
            return .other
        }
        if link.address != address { change.address = address }
        if link.mtu != mtu { change.mtu = mtu }
        if let master = bridge.flatMap(index), link.master != master { change.master = master }
        if bridge == nil, let master = link.master, master != 0 { change.master = 0 }
        if link.alias != Self.alias { change.alias = Self.alias }
        if !link.flags.contains(.up) { change.isUp = true }
        return change == .init() ? .none : .change(change)
    }

    /// What makes a link that is there another one.
    enum Difference: Hashable {
        /// Nothing: it is as it should be.
        case none
        /// What the kernel can change while packets flow.
        case change(RouteConnection.LinkChange)
        /// It must be made anew.
        case other
    }

    private static let bridgeSettings = LinkKind.Bridge(spanningTree: false, multicastSnooping: false)

    /// All settings of a VXLAN device; of a bridge, nothing of use.
    private var settings: LinkKind.VXLAN {
        guard case .vxlan(let vni, let port, let local, let learning) = kind else { return .init(id: 0) }
        return .init(
            id: vni,
            local: local,
            port: port,
            learning: learning,
            dontFragment: .set,
            udpChecksum: true,
            omitsChecksum6: false,
            acceptsNoChecksum6: false
        )
    }

    /// The settings that differ and can be changed; nil where one differs that cannot.
    private func changeOfSettings(from present: LinkKind.VXLAN) -> LinkKind? {
        let wanted = settings
        guard present.id == wanted.id, present.port == wanted.port, present.underlay == nil,
            present.udpChecksum == wanted.udpChecksum, present.omitsChecksum6 == wanted.omitsChecksum6,
            present.acceptsNoChecksum6 == wanted.acceptsNoChecksum6
        else { return nil }
        var change = LinkKind.VXLAN(id: present.id)
        if let local = wanted.local, local != present.local {
            guard local.family == present.local?.family else { return nil }
            change.local = local
        }
        if present.learning != wanted.learning { change.learning = wanted.learning }
        if present.dontFragment != wanted.dontFragment { change.dontFragment = wanted.dontFragment }
        return .vxlan(change)
    }
}
