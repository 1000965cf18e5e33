/// Says of which zones and nodes each endpoint is meant for, where a Service asks to stay close.
///
/// Source: KEP-3015 (`trafficDistribution`), `k8s.io/endpointslice/trafficdist`.
enum TopologyHints {
    /// The endpoints with the hints that a traffic distribution asks for; without any for an unknown one.
    static func apply(_ distribution: String, to endpoints: [SliceEndpoint]) -> [SliceEndpoint] {
        var endpoints = endpoints
        for index in endpoints.indices where endpoints[index].isReady {
            switch distribution {
            case "PreferClose", "PreferSameZone":
                endpoints[index].zonesOfHints = [endpoints[index].zone].compactMap(\.self)
            case "PreferSameNode":
                endpoints[index].zonesOfHints = [endpoints[index].zone].compactMap(\.self)
                endpoints[index].nodesOfHints = [endpoints[index].nodeName].compactMap(\.self)
            default: break
            }
        }
        return endpoints
    }
}
