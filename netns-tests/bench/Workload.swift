import Addressing
import KubernetesAPI
import ServiceRouting

/// The objects of a cluster: Services of one TCP port, each with the same number of endpoints, all different.
struct Workload {
    /// How many Services.
    var serviceCount: Int
    /// How many endpoints each has.
    var endpointCount = 10

    /// The port that clients dial.
    static let port: UInt16 = 80
    /// The port of every endpoint.
    static let targetPort: UInt16 = 8080
    /// A prefix that holds every endpoint's address.
    static let endpointPrefix = "10.128.0.0/9"
    /// A prefix that holds every ClusterIP.
    static let clusterPrefix = "10.64.0.0/10"
    /// The node of the proxy; one endpoint in a hundred is on it.
    static let options = RoutingOptions(nodeName: "node-0")

    /// The ClusterIP of a Service.
    static func clusterIP(_ service: Int) -> IPAddress {
        .v4(10 << 24 | 64 << 16 | UInt32(truncatingIfNeeded: service + 1))
    }

    /// The address of an endpoint, counted over all Services; below 2^23.
    static func endpointAddress(_ index: Int) -> IPAddress {
        .v4(10 << 24 | 128 << 16 | UInt32(truncatingIfNeeded: index + 1))
    }

    /// All objects.
    var changes: [ObjectChange] {
        (0..<serviceCount).flatMap { [service($0), slice(of: $0)] }
    }

    /// A Service as a change.
    func service(_ index: Int) -> ObjectChange {
        let name = "service-\(index)"
        let service = Service(
            metadata: ObjectMeta(name: name, namespace: namespace(index), uid: "uid-\(index)", resourceVersion: "1"),
            clusterIPs: ["\(Self.clusterIP(index))"],
            ipFamilies: ["IPv4"],
            ports: [ServicePort(name: "http", port: Int(Self.port), targetPort: "\(Self.targetPort)")]
        )
        return .service(key(index), service)
    }

    /// The slice of a Service as a change.
    ///
    /// - Parameter replacing: An endpoint of the slice that has another address than at first, and that address.
    func slice(of index: Int, replacing: (endpoint: Int, address: IPAddress)? = nil) -> ObjectChange {
        var addresses = (0..<endpointCount).map { Self.endpointAddress(index * endpointCount + $0) }
        if let replacing { addresses[replacing.endpoint] = replacing.address }
        return slice(named: "slice-0", of: index, addresses: addresses)
    }

    /// Slices of at most 100 endpoints, as changes: those of a Service that has so many.
    func slices(of index: Int, addresses: [IPAddress]) -> [ObjectChange] {
        stride(from: 0, to: addresses.count, by: 100).map { start in
            let part = addresses[start..<min(start + 100, addresses.count)]
            return slice(named: "slice-\(start / 100)", of: index, addresses: Array(part))
        }
    }

    /// Changes that take a Service and its slices away.
    func removal(of index: Int, sliceCount: Int = 1) -> [ObjectChange] {
        let slices = (0..<sliceCount).map { ObjectChange.endpointSlice(sliceKey("slice-\($0)", of: index), nil) }
        return slices + [.service(key(index), nil)]
    }

    /// A change that takes one slice of a Service away.
    func sliceRemoval(_ name: String, of index: Int) -> ObjectChange { .endpointSlice(sliceKey(name, of: index), nil) }

    private func slice(named name: String, of index: Int, addresses: [IPAddress]) -> ObjectChange {
        let key = sliceKey(name, of: index)
        let slice = EndpointSlice(
            metadata: ObjectMeta(
                name: key.name,
                namespace: key.namespace,
                labels: [EndpointSlice.serviceNameLabel: "service-\(index)"]
            ),
            addressType: .ipv4,
            ports: [EndpointPort(name: "http", protocol: "TCP", port: Int(Self.targetPort))],
            endpoints: addresses.enumerated().map { offset, address in
                Endpoint(addresses: ["\(address)"], ready: true, nodeName: "node-\((index * 7 + offset) % 100)")
            }
        )
        return .endpointSlice(key, slice)
    }

    private func namespace(_ index: Int) -> String { "namespace-\(index % 50)" }
    private func key(_ index: Int) -> ObjectKey { ObjectKey(namespace: namespace(index), name: "service-\(index)") }
    private func sliceKey(_ name: String, of index: Int) -> ObjectKey {
        ObjectKey(namespace: namespace(index), name: "service-\(index)-\(name)")
    }
}
