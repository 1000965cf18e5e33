import Addressing
import KubernetesAPI
import ServiceRouting

/// The addresses of this machine and its ways to the world, as the kernel tells them.
struct LocalNetwork: Sendable, Equatable {
    var addresses: [LocalAddress] = []
    var defaultRoutes: [DefaultRoute] = []
}

/// What the proxy knows of its own node: the Node object, and the machine's addresses.
struct NodeView: Sendable {
    let configuration: ProxyConfiguration
    /// Nil before it is known, and where there is none.
    var object: Node?
    var network = LocalNetwork()

    init(configuration: ProxyConfiguration) { self.configuration = configuration }

    /// The node's own addresses.
    private var addresses: NodeAddresses {
        NodeAddresses.select(
            override: configuration.nodeAddressOverride,
            status: object?.addresses.map { NodeAddresses.StatusAddress(type: $0.type, address: $0.address) },
            local: network.addresses,
            routes: network.defaultRoutes
        )
    }

    /// What routing depends on.
    var context: NodeContext {
        let addresses = addresses
        return NodeContext(
            zone: object?.metadata.labels["topology.kubernetes.io/zone"].flatMap { $0.isEmpty ? nil : $0 },
            nodePortAddresses: configuration.nodePortAddresses.select(node: addresses, local: network.addresses),
            nodeAddresses: addresses.all
        )
    }

    /// The prefixes that pods' addresses come from; all of them, not only the first of each family.
    var podPrefixes: [IPPrefix] {
        switch configuration.localDetection {
        case .prefixes(let prefixes): prefixes
        case .nodePodCIDRs: object?.podCIDRs.compactMap { IPPrefix($0) } ?? []
        case .none, .bridge, .interfacePrefix: []
        }
    }

    /// Whether load balancers may send traffic to the node; without an API server there is nobody to say no.
    var isEligible: Bool {
        if case .manifests = configuration.source, object == nil { return true }
        return NodeEligibility.isEligible(
            isKnown: object != nil,
            isBeingDeleted: object?.metadata.deletionTimestamp != nil,
            taintKeys: object?.taints.map(\.key) ?? []
        )
    }
}
