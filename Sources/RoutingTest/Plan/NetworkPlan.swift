import Addressing

/// Which host has which addresses. The numbers follow from the file alone, so that a test meets the same ones each time.
///
/// Node number N (from 1) is 172.18.N.2 and fd00:18:N::2 on a link of its own to the router, which has the ones that end in
/// 1; its pods are 10.244.N.10 and up, fd00:10:244:N::10 and up, and its end of each pod's link 10.244.N.1, fd00:10:244:N::1.
struct NetworkPlan: Sendable {
    /// A node, with the addresses of the cluster's families.
    struct NodeHost: Sendable {
        let name: String
        let zone: String?
        let labels: [String: String]
        /// Its InternalIPs.
        let addresses: [IPAddress]
        /// The router's on their link.
        let routerAddresses: [IPAddress]
        /// What it is to its pods: their next hop, and the source they see where it masquerades.
        let podGateways: [IPAddress]
        let podCIDRs: [String]
    }

    /// A pod, with the addresses of the cluster's families.
    struct PodHost: Sendable {
        let pod: TestPod
        /// Which of the nodes.
        let node: Int
        let addresses: [IPAddress]
    }

    let families: [IPFamily]
    let nodes: [NodeHost]
    let pods: [PodHost]
    let outside: [OutsideClient]

    init(_ file: TestFile) {
        let families = file.families
        self.families = families
        nodes = file.nodes.enumerated().map { offset, node in
            func each(_ kind: Kind) -> [IPAddress] { families.map { Self.address(kind, of: offset + 1, $0) } }
            return NodeHost(
                name: node.name,
                zone: node.zone,
                labels: node.labels,
                addresses: each(.node),
                routerAddresses: each(.router),
                podGateways: each(.podGateway),
                podCIDRs: families.map { family in
                    family == .ipv4 ? "10.244.\(offset + 1).0/24" : "fd00:10:244:\(String(offset + 1, radix: 16))::/64"
                }
            )
        }
        var numbers = Array(repeating: 0, count: file.nodes.count)
        var pods: [PodHost] = []
        for pod in file.pods {
            guard let node = file.nodes.firstIndex(where: { $0.name == pod.node }) else { continue }
            var addresses = nodes[node].addresses
            if !pod.isOnHostNetwork {
                numbers[node] += 1
                addresses = families.map { family in
                    pod.addresses.first { $0.family == family }
                        ?? Self.address(.pod(numbers[node]), of: node + 1, family)
                }
            }
            pods.append(PodHost(pod: pod, node: node, addresses: addresses))
        }
        self.pods = pods
        outside = file.outside
    }

    /// All prefixes of pods, as `--cluster-cidr` takes them.
    static func clusterCIDRs(_ families: [IPFamily]) -> [String] {
        families.map { $0 == .ipv4 ? "10.244.0.0/16" : "fd00:10:244::/48" }
    }

    private enum Kind {
        case node, router, podGateway
        case pod(Int)
    }

    private static func address(_ kind: Kind, of node: Int, _ family: IPFamily) -> IPAddress {
        let (isPods, end) =
            switch kind {
            case .node: (false, 2)
            case .router: (false, 1)
            case .podGateway: (true, 1)
            // Decimal numbers read the same in both families.
            case .pod(let number): (true, 9 + number)
            }
        if family == .ipv4 {
            let base: UInt32 = isPods ? 0x0af4_0000 : 0xac12_0000
            return .v4(base + UInt32(truncatingIfNeeded: node << 8 + end))
        }
        let low = UInt64(String(end), radix: 16) ?? 0
        let number = UInt64(truncatingIfNeeded: node)
        return isPods
            ? .v6(high: 0xfd00_0010_0244_0000 + number, low: low)
            : .v6(high: 0xfd00_0018_0000_0000 + number << 16, low: low)
    }
}
