import Addressing
import LabNetwork
import Netlink

/// The hosts of a test: a router, which is also who talks from outside, the nodes, and the pods behind them.
///
/// Each node has `eth0` to the router, each pod `eth0` to its node; nothing is bridged, so that every packet between pods
/// meets its node's rules, as with most network plug-ins.
final class TestNetwork: Sendable {
    let router: LabHost
    let nodes: [LabHost]
    /// For a pod on the host network its node.
    let pods: [LabHost]

    /// Builds the hosts; names begin with the prefix. What was built of it before a failure is removed by
    /// ``Leftovers``.
    init(_ plan: NetworkPlan, prefix: String) async throws {
        router = try await LabHost.make(name: "\(prefix)_router")
        try Self.prepareRouter(router)
        for client in plan.outside {
            for address in client.addresses where plan.families.contains(address.family) {
                try await router.addAddress(address, length: address.family.bitCount, to: "lo")
            }
        }
        var nodes: [LabHost] = []
        for (offset, node) in plan.nodes.enumerated() {
            nodes.append(try await Self.makeNode(node, number: offset + 1, router, plan, prefix))
        }
        self.nodes = nodes
        var pods: [LabHost] = []
        for (offset, pod) in plan.pods.enumerated() {
            guard !pod.pod.isOnHostNetwork else {
                pods.append(nodes[pod.node])
                continue
            }
            pods.append(try await Self.makePod(pod, number: offset + 1, nodes[pod.node], router, plan, prefix))
        }
        self.pods = pods
    }

    /// The host that a client is on.
    func host(of client: FlowCase.Client) -> LabHost {
        switch client {
        case .pod(let number): pods[number]
        case .node(let number): nodes[number]
        case .outside: router
        }
    }

    /// The router's link to a node.
    static func routerLink(node: Int) -> String { "n\(node + 1)" }

    /// The name of a host; long names of pods and nodes are cut, and numbered.
    static func name(_ prefix: String, _ name: String, number: Int) -> String {
        name.utf8.count <= 32 ? "\(prefix)-\(name)" : "\(prefix)-\(name.prefix(24))_\(number)"
    }

    private static func prepareRouter(_ host: LabHost) throws(NetlinkError) {
        try host.forwardPackets()
        // Answers may come by another way than the question went.
        try host.setSysctl("net/ipv4/conf/all/rp_filter", "0")
        try host.setSysctl("net/ipv4/conf/default/rp_filter", "0")
        // Refusals are ICMP errors, of which the kernel sends one client a few per second.
        try host.setSysctl("net/ipv4/icmp_ratemask", "0")
        try host.setSysctl("net/ipv6/icmp/ratelimit", "0")
        // For the whole machine on older kernels, and then not to be set from here.
        try? host.setSysctl("net/ipv4/icmp_msgs_per_sec", "1000000")
        try? host.setSysctl("net/ipv4/icmp_msgs_burst", "10000")
    }

    private static func makeNode(
        _ node: NetworkPlan.NodeHost,
        number: Int,
        _ router: LabHost,
        _ plan: NetworkPlan,
        _ prefix: String
    ) async throws -> LabHost {
        let host = try await LabHost.make(name: name(prefix, node.name, number: number))
        try prepareRouter(host)
        let link = routerLink(node: number - 1)
        try await LabHost.join(host, "eth0", router, link)
        for (index, family) in plan.families.enumerated() {
            let (own, other) = (node.addresses[index], node.routerAddresses[index])
            let length = family == .ipv4 ? 24 : 64
            try await host.addAddress(own, length: length, to: "eth0")
            try await router.addAddress(other, length: length, to: link)
            guard let all = IPPrefix(family == .ipv4 ? "0.0.0.0/0" : "::/0") else { continue }
            try await host.addRoute(to: all, via: other)
            // Clients outside choose the node they come in at by the link that they are bound to.
            let table = UInt32(1000 + number)
            let hop = Route.NextHop(gateway: own, interface: try await router.index(of: link))
            try await router.network.addRoute(Route(to: all, table: table, nextHops: [hop]))
            try await router.network.addRule(
                PolicyRule(family: family, priority: table, outgoingLink: link, table: table)
            )
        }
        return host
    }

    private static func makePod(
        _ pod: NetworkPlan.PodHost,
        number: Int,
        _ node: LabHost,
        _ router: LabHost,
        _ plan: NetworkPlan,
        _ prefix: String
    ) async throws -> LabHost {
        let host = try await LabHost.make(name: name(prefix, pod.pod.name, number: number))
        let link = "pod\(number)"
        try await LabHost.join(host, "eth0", node, link)
        let (inner, outer) = (try await host.index(of: "eth0"), try await node.index(of: link))
        for (index, family) in plan.families.enumerated() {
            let gateway = plan.nodes[pod.node].podGateways[index]
            try await node.addAddress(gateway, length: family.bitCount, to: link)
            guard let all = IPPrefix(family == .ipv4 ? "0.0.0.0/0" : "::/0"),
                let address = pod.addresses.first(where: { $0.family == family })
            else { continue }
            try await host.addAddress(address, length: family.bitCount, to: "eth0")
            try await node.network.addRoute(
                Route(
                    to: IPPrefix(address),
                    scope: family == .ipv4 ? .link : .universe,
                    nextHops: [.init(interface: outer)]
                )
            )
            try await host.network.addRoute(
                Route(
                    to: IPPrefix(gateway),
                    scope: family == .ipv4 ? .link : .universe,
                    nextHops: [.init(interface: inner)]
                )
            )
            try await host.network.addRoute(Route(to: all, nextHops: [.init(gateway: gateway, interface: inner)]))
            try await router.addRoute(to: IPPrefix(address), via: plan.nodes[pod.node].addresses[index])
        }
        return host
    }
}
