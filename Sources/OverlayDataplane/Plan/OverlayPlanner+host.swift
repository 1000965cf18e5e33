import Addressing
import Netlink
import OverlayCore

extension OverlayPlanner {
    /// The objects that this host asks for: its devices, its pods, its bridged networks, and what catches the rest.
    func hostObjects() -> Plan {
        var plan = Plan()
        addSettings(to: &plan)
        addDevice(to: &plan)
        addLastResorts(to: &plan)
        addPods(to: &plan)
        addWireGuard(to: &plan)
        addNetworks(to: &plan)
        return plan
    }

    /// Whether pods have IPv6 addresses anywhere.
    private var hasIPv6: Bool {
        (node.prefixes + node.clusterRanges).contains { $0.family == .ipv6 }
            || node.exposedAddresses.contains { $0.family == .ipv6 }
    }

    /// Whether the host forwards IPv6, on all links at once.
    static let forwarding6 = "net/ipv6/conf/all/forwarding"

    /// What forwarding needs of the host.
    private func addSettings(to plan: inout Plan) {
        plan.objects[.sysctl("net/ipv4/ip_forward", link: nil)] = .sysctl("1")
        if hasIPv6 { plan.objects[.sysctl(Self.forwarding6, link: nil)] = .sysctl("1") }
    }

    private static func set(_ name: String, of link: String, _ family: IPFamily, _ value: String, in plan: inout Plan) {
        let path = "net/\(family == .ipv4 ? "ipv4" : "ipv6")/conf/\(link)/\(name)"
        plan.objects[.sysctl(path, link: link)] = .sysctl(value)
    }

    /// The VXLAN device and its addresses.
    private func addDevice(to plan: inout Plan) {
        let name = node.vxlanDevice
        plan.objects[.link(name)] = .link(
            OverlayLink(
                kind: .vxlan(vni: node.vni, port: node.vxlanPort, local: node.tunnelEndpoint, learning: false),
                address: LinkLayerAddress(bytes: node.id.tunnelLinkAddress),
                mtu: tunnelMTU
            )
        )
        // Loose: answers may come by another way than the one that questions go, and the stricter of this setting and
        // that of all links would hold.
        Self.set("rp_filter", of: name, .ipv4, "2", in: &plan)
        Self.set("accept_ra", of: name, .ipv6, "0", in: &plan)
        // No link-local address (IN6_ADDR_GEN_MODE_NONE): nothing on the tunnel needs one.
        Self.set("addr_gen_mode", of: name, .ipv6, "1", in: &plan)
        if hasIPv6 { Self.set("disable_ipv6", of: name, .ipv6, "0", in: &plan) }
        for address in node.prefixes.map(\.address) + node.exposedAddresses {
            plan.objects[.address(link: name, address, length: address.family.bitCount)] = .address
        }
        for address in node.exposedAddresses {
            plan.objects[.address(link: name, address, length: address.family.bitCount)] = .address
        }
    }

    /// What becomes of packets that no ordinary route takes: none leaves by the default route, none goes in circles.
    private func addLastResorts(to plan: inout Plan) {
        for range in node.clusterRanges {
            plan.objects[.route(range, metric: OverlayRoute.lastResortMetric + 1)] =
                .route(OverlayRoute(way: .unreachable))
        }
        for prefix in node.prefixes {
            let way: OverlayRoute.Way = prefix.family == .ipv4 ? .blackhole : .unreachable
            plan.objects[.route(prefix, metric: OverlayRoute.lastResortMetric)] = .route(OverlayRoute(way: way))
        }
        // What bridged networks send inside WireGuard goes nowhere when its device is gone.
        guard node.wireGuardDevice != nil || node.encryption == .require else { return }
        plan.objects[.route(PeerID.wireGuardPrefix, metric: OverlayRoute.lastResortMetric + 1)] =
            .route(OverlayRoute(way: .unreachable))
    }

    private func addPods(to plan: inout Plan) {
        for pod in state.pods {
            // By which the rules know a pod's packets.
            plan.objects[.group(pod.interface)] = .group(Link.podGroup)
            for address in pod.addresses {
                plan.objects[.route(IPPrefix(address), metric: OverlayRoute.metric(address.family))] =
                    .route(OverlayRoute(way: .link(pod.interface), source: source(address.family)))
            }
        }
    }

    /// The peers' WireGuard addresses, which probes and bridged networks go to; the device itself is another's, but for
    /// its IPv4 addresses: without any, the kernel's loose check of sources is a strict one, and drops what still comes
    /// by WireGuard when the way back has changed (`__fib_validate_source`).
    private func addWireGuard(to plan: inout Plan) {
        guard let device = node.wireGuardDevice else { return }
        let prefix = PeerID.wireGuardPrefix
        plan.objects[.route(prefix, metric: OverlayRoute.metric(.ipv6))] =
            .route(OverlayRoute(way: .link(device)))
        Self.set("rp_filter", of: device, .ipv4, "2", in: &plan)
        for prefix in node.prefixes where prefix.family == .ipv4 {
            plan.objects[.address(link: device, prefix.address, length: 32)] = .address
        }
    }

    // MARK: Bridged networks

    private func addNetworks(to plan: inout Plan) {
        var names: [UInt32: String] = [node.vni: "the pod network"]
        for network in state.networks {
            guard (1...0xff_ffff).contains(network.vni) else {
                let reason = "VNI \(network.vni) does not exist; one from 1 to 16777215 does"
                plan.problems.append(OverlayProblem(object: "network \(network.name)", reason: reason))
                continue
            }
            if let other = names[network.vni] {
                let reason = "VNI \(network.vni) is that of \(other); choose another one"
                plan.problems.append(OverlayProblem(object: "network \(network.name)", reason: reason))
                continue
            }
            names[network.vni] = "network \(network.name)"
            add(network, to: &plan)
        }
    }

    /// Where the VXLAN device of a bridged network begins: inside WireGuard where nothing may leave in plain text.
    private var networkEndpoint: IPAddress? {
        guard node.encryption == .require else { return node.tunnelEndpoint }
        return node.wireGuardDevice == nil ? nil : node.id.wireGuardAddress
    }

    /// Where the VXLAN device of a member of a bridged network is; nil where frames may not or cannot go there.
    private func networkEndpoint(of member: PeerID) -> (address: IPAddress, port: UInt16?)? {
        guard member != node.id, let record = state.peers[member]?.record, !record.isRemoved else { return nil }
        let port = record.vxlanPort == node.vxlanPort ? nil : record.vxlanPort
        if node.encryption == .require {
            guard node.wireGuardDevice != nil, !record.wireGuardKey.isEmpty else { return nil }
            return (member.wireGuardAddress, port)
        }
        guard record.encryption != .require else { return nil }
        return endpoint(of: record).map { ($0, port) }
    }

    /// A bridge with a VXLAN device as one port and the pods as the others. The host has no address in it.
    private func add(_ network: OverlayState.Network, to plan: inout Plan) {
        let bridge = OverlayLink.bridgeName(vni: network.vni)
        let tunnel = OverlayLink.tunnelName(vni: network.vni)
        let address = LinkLayerAddress(bytes: node.id.tunnelLinkAddress)
        plan.objects[.link(bridge)] = .link(OverlayLink(kind: .bridge, address: address, mtu: node.networkMTU))
        plan.objects[.link(tunnel)] = .link(
            OverlayLink(
                kind: .vxlan(vni: network.vni, port: node.vxlanPort, local: networkEndpoint, learning: true),
                address: address,
                mtu: node.networkMTU,
                bridge: bridge
            )
        )
        for link in [bridge, tunnel] { Self.set("disable_ipv6", of: link, .ipv6, "1", in: &plan) }
        for port in network.ports { plan.objects[.port(port)] = .port(bridge: bridge) }
        for member in network.members {
            guard let endpoint = networkEndpoint(of: member) else { continue }
            plan.objects[.flood(link: tunnel, endpoint.address)] =
                .forwarding(endpoint.address, port: endpoint.port)
        }
    }
}
