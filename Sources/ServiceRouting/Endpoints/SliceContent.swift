import Addressing

/// What routing keeps of one EndpointSlice: the product of its ports and endpoints, 24 bytes an endpoint.
///
/// Names of nodes are not kept, only whether they are this node's. Names of zones are, since this node's may change.
struct SliceContent: Hashable, Sendable {
    /// A port that every endpoint of the slice has.
    struct Port: Hashable, Sendable {
        let name: String
        let `protocol`: TransportProtocol
        let port: UInt16
    }

    /// An endpoint, of which only the first address counts.
    struct Endpoint: Hashable, Sendable {
        let address: IPAddress
        /// All but what depends on this node's zone.
        let state: EndpointState
        /// Index of the endpoint's zones in ``SliceContent/zoneSets``; meaningless without `.zoneHints`.
        let zoneSet: UInt32
    }

    /// The family of all its addresses.
    var family: IPFamily
    /// Usable ports only.
    var ports: [Port]
    /// In ascending order of their addresses; an address may occur more than once.
    var endpoints: [Endpoint]
    /// The distinct sets of zones in the endpoints' hints, each sorted.
    var zoneSets: [[String]]

    /// Appends the endpoints of the Service port of that name and protocol, as seen from `zone`.
    func appendEndpoints(
        ofPort name: String,
        protocol: TransportProtocol,
        zone: String?,
        to result: inout [RoutableEndpoint]
    ) {
        for port in ports where port.name == name && port.protocol == `protocol` {
            for endpoint in endpoints {
                var state = endpoint.state
                if state.contains(.zoneHints), let zone, zoneSets[Int(endpoint.zoneSet)].contains(zone) {
                    state.insert(.forThisZone)
                }
                result.append(
                    RoutableEndpoint(backend: Backend(address: endpoint.address, port: port.port), state: state)
                )
            }
        }
    }
}
