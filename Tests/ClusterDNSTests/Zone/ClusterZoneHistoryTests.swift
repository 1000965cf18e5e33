import ClusterDNS
import KubernetesAPI
import SeededTesting
import ServiceRouting
import Testing

@Suite("Names of a cluster that changes")
struct ClusterZoneHistoryTests {
    /// Objects as a source has them.
    private struct Cluster {
        var services: [String: Service] = [:]
        var slices: [String: EndpointSlice] = [:]

        mutating func change(_ generator: inout SeededGenerator) -> ObjectChange {
            let name = ["a", "b", "c"].randomElement(using: &generator) ?? "a"
            let key = ObjectKey(namespace: "default", name: name)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0:
                services[name] = nil
                return .service(key, nil)
            case 1:
                services[name] = service(name, &generator)
                return .service(key, services[name])
            case 2:
                let slice = "\(name)-\(Int.random(in: 0...1, using: &generator))"
                slices[slice] = nil
                return .endpointSlice(ObjectKey(namespace: "default", name: slice), nil)
            default:
                let slice = "\(name)-\(Int.random(in: 0...1, using: &generator))"
                slices[slice] = self.slice(slice, &generator)
                return .endpointSlice(ObjectKey(namespace: "default", name: slice), slices[slice])
            }
        }

        private func service(_ name: String, _ generator: inout SeededGenerator) -> Service {
            var service = Service(metadata: ObjectMeta(name: name, namespace: "default"))
            service.ports = [ServicePort(name: "http", port: Int.random(in: 80...82, using: &generator))]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: service.clusterIPs = ["10.96.0.\(Int.random(in: 1...2, using: &generator))"]
            case 1:
                service.type = .externalName
                service.externalName = "b.default.svc.cluster.local"
            default:
                service.clusterIPs = ["None"]
                service.publishNotReadyAddresses = Bool.random(using: &generator)
            }
            return service
        }

        private func slice(_ name: String, _ generator: inout SeededGenerator) -> EndpointSlice {
            let service = ["a", "b", "c"].randomElement(using: &generator) ?? "a"
            return EndpointSlice(
                metadata: ObjectMeta(
                    name: name,
                    namespace: "default",
                    labels: [EndpointSlice.serviceNameLabel: service]
                ),
                ports: [EndpointPort(name: "http", port: 8_080)],
                endpoints: (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    Endpoint(
                        addresses: ["10.0.0.\(Int.random(in: 1...4, using: &generator))"],
                        hostname: Bool.random(using: &generator) ? "h\(Int.random(in: 0...1, using: &generator))" : nil,
                        ready: Bool.random(using: &generator)
                    )
                }
            )
        }

        var changes: [ObjectChange] {
            services.map { .service(ObjectKey(namespace: "default", name: $0.key), $0.value) }
                + slices.map { .endpointSlice(ObjectKey(namespace: "default", name: $0.key), $0.value) }
        }
    }

    private static let names =
        ["a", "b", "c"].flatMap { service in
            let own = "\(service).default.svc.cluster.local"
            return [own, "_http._tcp.\(own)", "h0.\(own)", "h1.\(own)", "10-0-0-1.\(own)", "10-0-0-4.\(own)"]
        }
        + (1...4).map { "\($0).0.0.10.in-addr.arpa" } + (1...2).map { "\($0).0.96.10.in-addr.arpa" }
        + ["default.svc.cluster.local"]

    @Test("After any history the names are those of a zone that was told of the end alone")
    func histories() {
        var generator = SeededGenerator()
        for _ in 0..<60 {
            var cluster = Cluster()
            var followed = ZoneUnderTest()
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                followed.zone.apply(cluster.change(&generator))
            }
            var fresh = ZoneUnderTest()
            for change in cluster.changes.shuffled(using: &generator) { fresh.zone.apply(change) }
            for name in Self.names {
                for type in [RecordType.a, .aaaa, .srv, .ptr, .cname] {
                    #expect(followed.look(name, type) == fresh.look(name, type), "\(name) \(type); \(generator)")
                }
            }
            for name in ["a", "b", "c"] { followed.removeService(name) }
            for name in cluster.slices.keys { followed.removeSlice(name) }
            #expect(followed.zone.isEmpty, "\(generator)")
        }
    }
}
