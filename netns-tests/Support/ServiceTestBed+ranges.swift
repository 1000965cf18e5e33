import Addressing
import KubernetesAPI
import ServiceRouting

/// Services with more endpoints than there are hosts: `local` answers on all of 10.100.0.0/16.
extension ServiceTestBed {
    /// Brings 10.100.0.0/16 to the host `local`; TCP only, since a UDP answer would have its own address.
    func serveWholeRanges() async throws {
        try await lab["local"].run("ip", "route", "add", "local", "10.100.0.0/16", "dev", "lo")
        try await node.addRoute(to: "10.100.0.0/16", via: "10.0.2.2")
    }

    /// The slices of a Service with that many endpoints, up to 20,000: those that are not needed are gone.
    func endpoints(_ count: Int, of service: ServiceModel) -> [ObjectChange] {
        stride(from: 0, to: 20_000, by: 1_000).map { start in
            let name = "\(service.name)-range-\(start)"
            let key = ObjectKey(namespace: "test", name: name)
            guard count > start else { return .endpointSlice(key, nil) }
            let slice = EndpointSlice(
                metadata: ObjectMeta(
                    name: name,
                    namespace: "test",
                    labels: [EndpointSlice.serviceNameLabel: service.name]
                ),
                addressType: .ipv4,
                ports: service.ports.map {
                    EndpointPort(
                        name: $0.name,
                        protocol: $0.transport.description,
                        port: Int(TestAddress.endpointPort)
                    )
                },
                endpoints: (start..<min(start + 1_000, count)).map { number in
                    Endpoint(
                        addresses: [IPAddress.v4(0x0a64_0100 + UInt32(number)).description],
                        nodeName: TestAddress.nodeName
                    )
                }
            )
            return .endpointSlice(key, slice)
        }
    }
}
