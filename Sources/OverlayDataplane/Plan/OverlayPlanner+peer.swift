import Addressing
import Netlink
import OverlayCore

extension OverlayPlanner {
    /// The objects of a peer: how frames for it leave, and where packets for its pods go.
    ///
    /// The neighbour and the forwarding entry are there whichever way packets go at present, so that probes work and a
    /// change of ways is the replacement of one route.
    func objects(of id: PeerID, _ peer: OverlayState.Peer) -> Plan {
        var plan = Plan()
        guard id != node.id, !peer.record.isRemoved else { return plan }
        let (prefixes, problems) = prefixes(of: peer.record)
        plan.problems = problems
        let link = LinkLayerAddress(bytes: id.tunnelLinkAddress)
        if let endpoint = endpoint(of: peer.record), id.tunnelLinkAddress != node.id.tunnelLinkAddress {
            let port = peer.record.vxlanPort == node.vxlanPort ? nil : peer.record.vxlanPort
            plan.objects[.forwarding(link: node.vxlanDevice, link)] = .forwarding(endpoint, port: port)
            for family in IPFamily.allCases {
                guard let hop = nextHop(of: peer.record, family) else { continue }
                plan.objects[.neighbour(link: node.vxlanDevice, hop)] = .neighbour(link)
            }
        }
        // As long as not all is known, an earlier daemon may have known more of the peer: its routes are left alone.
        if !state.isComplete, node.tunnelEndpoint != nil, endpoint(of: peer.record) == nil { return plan }
        for prefix in prefixes {
            let key = KernelKey.route(prefix, metric: OverlayRoute.metric(prefix.family))
            plan.objects[key] = .route(route(to: prefix, of: peer))
        }
        return plan
    }

    /// How packets for a prefix of a peer go.
    private func route(to prefix: IPPrefix, of peer: OverlayState.Peer) -> OverlayRoute {
        let source = source(prefix.family)
        let mayGoInPlainText = !requiresEncryption(to: peer.record)
        switch peer.route {
        case .direct:
            guard mayGoInPlainText, let endpoint = endpoint(of: peer.record) else { break }
            // A router of the other family cannot be said here; the tunnel can.
            guard endpoint.family == prefix.family else { return tunnel(to: peer.record, prefix, node.podMTU) }
            return OverlayRoute(way: .router(endpoint), source: source)
        case .vxlan(let mtu):
            guard mayGoInPlainText else { break }
            return tunnel(to: peer.record, prefix, mtu)
        case .wireGuard(let mtu):
            guard let device = node.wireGuardDevice else { break }
            return OverlayRoute(way: .link(device), source: source, mtu: Self.clamped(mtu, prefix.family))
        case .relay(let relay, over: .wireGuard, let mtu):
            // Which peer it goes to is for WireGuard to know, by the allowed addresses.
            guard let device = node.wireGuardDevice, state.peers[relay] != nil else { break }
            return OverlayRoute(way: .link(device), source: source, mtu: Self.clamped(mtu, prefix.family))
        case .relay(let relay, over: .vxlan, let mtu):
            guard mayGoInPlainText, let record = state.peers[relay]?.record, !requiresEncryption(to: record) else {
                break
            }
            return tunnel(to: record, prefix, mtu)
        case .unreachable:
            break
        }
        return OverlayRoute(way: .unreachable)
    }

    /// By VXLAN to a peer, the owner of the prefix or one that passes it on.
    private func tunnel(to record: PeerRecord, _ prefix: IPPrefix, _ mtu: UInt32) -> OverlayRoute {
        guard endpoint(of: record) != nil, let hop = nextHop(of: record, prefix.family) else {
            return OverlayRoute(way: .unreachable)
        }
        return OverlayRoute(
            way: .neighbour(hop, on: node.vxlanDevice),
            source: source(prefix.family),
            mtu: min(Self.clamped(mtu, prefix.family), tunnelMTU)
        )
    }

    /// An MTU that the family can have: 68 bytes at least for IPv4 (RFC 791), 1,280 for IPv6 (RFC 8200).
    private static func clamped(_ mtu: UInt32, _ family: IPFamily) -> UInt32 {
        min(max(mtu, family == .ipv4 ? 68 : 1280), 65_535)
    }
}
