import Addressing
import KubernetesAPI

extension SliceContent {
    /// The label of slices whose Service has no ClusterIP.
    private static let headlessLabel = "service.kubernetes.io/headless"

    /// Interprets an EndpointSlice; nil if it says nothing about routing: one of names (`FQDN`), or a headless
    /// Service's.
    ///
    /// What cannot be used of it (an address of another family, a port out of range or without a name) is left out.
    init?(_ slice: EndpointSlice, nodeName: String) {
        guard slice.metadata.labels[Self.headlessLabel] == nil else { return nil }
        switch slice.addressType {
        case .ipv4: family = .ipv4
        case .ipv6: family = .ipv6
        default: return nil
        }
        ports = slice.ports.compactMap(Self.port)
        endpoints = []
        endpoints.reserveCapacity(slice.endpoints.count)
        zoneSets = []
        var zoneSetIndices: [[String]: UInt32] = [:]
        for endpoint in slice.endpoints {
            guard
                let text = endpoint.addresses.first, let address = IPAddress(text), address.family == family
            else { continue }
            var zoneSet: UInt32 = 0
            if !endpoint.hints.forZones.isEmpty {
                let zones = Set(endpoint.hints.forZones).sorted()
                if let index = zoneSetIndices[zones] {
                    zoneSet = index
                } else {
                    zoneSet = UInt32(truncatingIfNeeded: zoneSets.count)
                    zoneSetIndices[zones] = zoneSet
                    zoneSets.append(zones)
                }
            }
            endpoints.append(
                Endpoint(address: address, state: EndpointState(endpoint, nodeName: nodeName), zoneSet: zoneSet)
            )
        }
        endpoints.sort { $0.address < $1.address }
    }

    private static func port(_ port: EndpointPort) -> Port? {
        guard
            let name = port.name, let number = ServiceSpec.portNumber(port.port),
            let `protocol` = TransportProtocol(kubernetes: port.protocol ?? "TCP")
        else { return nil }
        return Port(name: name, protocol: `protocol`, port: number)
    }
}

extension EndpointState {
    /// What an endpoint's conditions, node and hints say; ``forThisZone`` is left open.
    fileprivate init(_ endpoint: Endpoint, nodeName: String) {
        self = []
        if endpoint.ready ?? true { insert(.ready) }
        if endpoint.serving ?? true { insert(.serving) }
        if endpoint.terminating ?? false { insert(.terminating) }
        if endpoint.nodeName == nodeName { insert(.local) }
        if !endpoint.hints.forNodes.isEmpty { insert(.nodeHints) }
        if endpoint.hints.forNodes.contains(nodeName) { insert(.forThisNode) }
        if !endpoint.hints.forZones.isEmpty { insert(.zoneHints) }
    }
}
