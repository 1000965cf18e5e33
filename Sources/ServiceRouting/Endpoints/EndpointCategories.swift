/// The endpoints of one Service port, sorted out by who may be sent to them.
struct EndpointCategories: Hashable, Sendable {
    /// For traffic under the policy Cluster.
    var cluster: [Backend] = []
    /// For traffic under the policy Local.
    var local: [Backend] = []
    /// Whether there is a usable endpoint anywhere, even if no list has it.
    var hasAnyEndpoints = false
}

extension EndpointCategories {
    /// Which endpoints topology hints leave for traffic under the policy Cluster.
    private enum TopologyMode {
        case any, sameNode, sameZone

        /// The narrowest mode for which every ready endpoint has hints and one of them is meant for this node.
        init(_ endpoints: [RoutableEndpoint]) {
            var common: EndpointState = [.nodeHints, .zoneHints]
            var some: EndpointState = []
            for endpoint in endpoints where endpoint.state.contains(.ready) {
                common.formIntersection(endpoint.state)
                some.formUnion(endpoint.state)
            }
            if common.contains(.nodeHints), some.contains(.forThisNode) {
                self = .sameNode
            } else if common.contains(.zoneHints), some.contains(.forThisZone) {
                self = .sameZone
            } else {
                self = .any
            }
        }

        /// What an endpoint's state must contain.
        var required: EndpointState {
            switch self {
            case .any: .ready
            case .sameNode: [.ready, .forThisNode]
            case .sameZone: [.ready, .forThisZone]
            }
        }
    }

    /// Sorts out the endpoints of one Service port, as upstream's `CategorizeEndpoints` does (pkg/proxy/topology.go).
    ///
    /// Each list falls back on its own to endpoints that are terminating but still serving. Topology hints never
    /// narrow the local list.
    ///
    /// - Parameters:
    ///   - endpoints: Each backend once; the lists keep the order.
    ///   - usesCluster: Whether some traffic is under the policy Cluster; else that list is left empty.
    ///   - usesLocal: Whether some traffic is under the policy Local; else that list is left empty.
    init(_ endpoints: [RoutableEndpoint], usesCluster: Bool, usesLocal: Bool) {
        hasAnyEndpoints = endpoints.contains { $0.state.isUsable }
        guard hasAnyEndpoints else { return }
        if usesCluster {
            cluster = Self.backends(endpoints, with: TopologyMode(endpoints).required)
            if cluster.isEmpty {
                cluster = Self.backends(endpoints, with: [.serving, .terminating])
            }
        }
        if usesLocal {
            local = Self.backends(endpoints, with: [.local, .ready])
            if local.isEmpty {
                local = Self.backends(endpoints, with: [.local, .serving, .terminating])
            }
        }
    }

    /// The backends whose state contains `required`, in an array without slack.
    private static func backends(_ endpoints: [RoutableEndpoint], with required: EndpointState) -> [Backend] {
        let count = endpoints.count { $0.state.contains(required) }
        guard count > 0 else { return [] }
        var backends: [Backend] = []
        backends.reserveCapacity(count)
        for endpoint in endpoints where endpoint.state.contains(required) { backends.append(endpoint.backend) }
        return backends
    }
}
