import Addressing

/// What the objects of one Service amount to on this node.
struct ServiceEvaluation: Sendable {
    /// The backends of one Service port in one family.
    private struct PortBackends: Sendable {
        var categories = EndpointCategories()
        /// For UDP, every usable backend.
        var serving: [Backend] = []
    }

    private let service: ObjectKey
    private let spec: ServiceSpec
    /// Two for each port: IPv4, then IPv6.
    private let backends: [PortBackends]
    private let allowedIPv4Sources: [IPPrefix]?
    private let allowedIPv6Sources: [IPPrefix]?

    /// The addresses of its usable endpoints on this node; each once, sorted.
    let localAddresses: [IPAddress]
    /// How many of its ports cannot meet a Local policy.
    let noLocalEndpoints: NoLocalEndpointCounts
    /// What its health-check server answers; nil without one.
    let healthCheck: HealthCheck?

    /// Evaluates `spec` and `slices` as seen from `node`.
    init(service: ObjectKey, spec: ServiceSpec, slices: [ServiceEntry.Slice], node: NodeContext) {
        self.service = service
        self.spec = spec
        var backends: [PortBackends] = []
        backends.reserveCapacity(spec.ports.count * 2)
        var localAddresses: Set<IPAddress> = []
        var noLocalEndpoints = NoLocalEndpointCounts()
        for port in spec.ports {
            for family in IPFamily.allCases {
                guard spec.serves(family) else {
                    backends.append(PortBackends())
                    continue
                }
                let isExternal = spec.isExternallyAccessible(port, in: family)
                let isExternalLocal = isExternal && spec.isExternalPolicyLocal
                let endpoints = Self.endpoints(of: port, in: family, slices: slices, zone: node.zone)
                let categories = EndpointCategories(
                    endpoints,
                    usesCluster: !spec.isInternalPolicyLocal || isExternal,
                    usesLocal: spec.isInternalPolicyLocal || isExternalLocal
                )
                if categories.hasAnyEndpoints, categories.local.isEmpty {
                    if spec.isInternalPolicyLocal { noLocalEndpoints[.internal, family] += 1 }
                    if isExternalLocal { noLocalEndpoints[.external, family] += 1 }
                }
                for endpoint in endpoints where endpoint.state.contains(.local) && endpoint.state.isUsable {
                    localAddresses.insert(endpoint.backend.address)
                }
                let serving = port.protocol == .udp ? Self.serving(endpoints, like: categories.cluster) : []
                backends.append(PortBackends(categories: categories, serving: serving))
            }
        }
        self.backends = backends
        self.localAddresses = localAddresses.sorted()
        self.noLocalEndpoints = noLocalEndpoints
        allowedIPv4Sources = spec.allowedSources(in: .ipv4, nodeAddresses: node.nodeAddresses)
        allowedIPv6Sources = spec.allowedSources(in: .ipv6, nodeAddresses: node.nodeAddresses)
        healthCheck =
            spec.healthCheckNodePort == 0
            ? nil
            : HealthCheck(
                port: spec.healthCheckNodePort,
                localReadyEndpointCount: Self.localReadyEndpointCount(slices)
            )
    }

    /// The route of a frontend that the Service holds.
    ///
    /// - Parameter claim: One that the same ``ServiceSpec`` makes.
    func route(for claim: Claim) -> Route {
        let portIndex = Int(claim.portIndex)
        let port = spec.ports[portIndex]
        let family = claim.frontend.family
        let lists = backends[portIndex * 2 + (family == .ipv4 ? 0 : 1)]
        let categories = lists.categories
        let kind: Route.Kind =
            claim.exposure == .clusterIP ? .internal : spec.isExternalPolicyLocal ? .externalLocal : .external
        let isLocal = claim.exposure == .clusterIP ? spec.isInternalPolicyLocal : spec.isExternalPolicyLocal
        let servesPolicy = isLocal ? !categories.local.isEmpty : !categories.cluster.isEmpty
        return Route(
            service: ServicePortName(service: service, portName: port.name, protocol: port.protocol),
            kind: kind,
            endpoints: kind == .internal && isLocal ? categories.local : categories.cluster,
            endpointsAreLocal: kind == .internal && isLocal,
            localEndpoints: kind == .externalLocal ? categories.local : [],
            unserved: servesPolicy ? nil : categories.hasAnyEndpoints ? .drop : .reject,
            affinityTimeout: spec.affinityTimeout,
            sourceRanges: claim.exposure == .loadBalancer
                ? family == .ipv4 ? allowedIPv4Sources : allowedIPv6Sources : nil,
            serving: lists.serving
        )
    }

    /// The endpoints of a Service port, each backend once, sorted.
    private static func endpoints(
        of port: ServiceSpec.Port,
        in family: IPFamily,
        slices: [ServiceEntry.Slice],
        zone: String?
    ) -> [RoutableEndpoint] {
        var endpoints: [RoutableEndpoint] = []
        endpoints.reserveCapacity(slices.reduce(0) { $0 + $1.content.endpoints.count })
        for slice in slices where slice.content.family == family {
            slice.content.appendEndpoints(ofPort: port.name, protocol: port.protocol, zone: zone, to: &endpoints)
        }
        RoutableEndpoint.sortUnique(&endpoints)
        return endpoints
    }

    /// The usable backends; shares the storage of `cluster` where it has the same.
    private static func serving(_ endpoints: [RoutableEndpoint], like cluster: [Backend]) -> [Backend] {
        let usable = endpoints.lazy.filter { $0.state.isUsable }.map(\.backend)
        return usable.elementsEqual(cluster) ? cluster : Array(usable)
    }

    /// Number of distinct addresses of ready endpoints on this node, in the family that has more: a dual-stack pod is one.
    private static func localReadyEndpointCount(_ slices: [ServiceEntry.Slice]) -> Int {
        var addresses: Set<IPAddress> = []
        for slice in slices where !slice.content.ports.isEmpty {
            for endpoint in slice.content.endpoints where endpoint.state.contains([.local, .ready]) {
                addresses.insert(endpoint.address)
            }
        }
        let ipv4Count = addresses.count { $0.family == .ipv4 }
        return max(ipv4Count, addresses.count - ipv4Count)
    }
}
