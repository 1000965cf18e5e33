import Addressing
import KubernetesAPI
import ServiceRouting

/// A Service with its endpoints, as a test says it; ``changes`` is what a source would report.
struct ServiceModel {
    /// One endpoint, on a host of the test bed.
    struct Endpoint {
        var host: String
        var ready: Bool? = true
        var serving: Bool?
        var terminating: Bool?
        /// Its port; nil for ``TestAddress/endpointPort``.
        var port: Int?

        static func terminating(_ host: String, serving: Bool = true) -> Endpoint {
            Endpoint(host: host, ready: false, serving: serving, terminating: true)
        }
        static func unready(_ host: String) -> Endpoint { Endpoint(host: host, ready: false, serving: false) }
    }

    /// One port of the Service; the endpoints' is the same for all.
    struct Port {
        var name: String
        var transport: TransportProtocol
        var port: Int
        var nodePort: Int?
    }

    let name: String
    /// Tells the Service's addresses and node ports apart from those of others: 1...250.
    let number: Int
    var type = ServiceType.clusterIP
    var families = IPFamily.allCases
    var ports: [Port]
    var endpoints: [Endpoint]
    var hasExternalIP = false
    var sourceRanges: [String] = []
    var affinityTimeout: Int?
    var internalPolicy = TrafficPolicy.cluster
    var externalPolicy = TrafficPolicy.cluster

    /// A Service of all kinds of addresses on port 80, TCP and UDP, with an endpoint on each of these hosts.
    init(_ name: String, number: Int, on hosts: String..., change: (inout ServiceModel) -> Void = { _ in }) {
        self.name = name
        self.number = number
        ports = [
            Port(name: "tcp", transport: .tcp, port: 80, nodePort: 30_000 + number),
            Port(name: "udp", transport: .udp, port: 80, nodePort: 30_000 + number),
        ]
        endpoints = hosts.map { Endpoint(host: $0) }
        type = .loadBalancer
        change(&self)
    }

    func with(_ change: (inout ServiceModel) -> Void) -> ServiceModel {
        var copy = self
        change(&copy)
        return copy
    }

    /// The Service and its slices as they are now.
    var changes: [ObjectChange] {
        [.service(key, service)]
            + IPFamily.allCases.flatMap { family in
                // A slice per endpoint port.
                [nil, 8081].map { port in
                    .endpointSlice(sliceKey(family, port), slice(family, port))
                }
            }
    }

    /// The Service and its slices as gone.
    var removal: [ObjectChange] {
        [.service(key, nil)]
            + IPFamily.allCases.flatMap { family in [nil, 8081].map { .endpointSlice(sliceKey(family, $0), nil) } }
    }

    var key: ObjectKey { ObjectKey(namespace: "test", name: name) }

    private func sliceKey(_ family: IPFamily, _ port: Int?) -> ObjectKey {
        ObjectKey(namespace: "test", name: "\(name)-\(family)-\(port ?? 0)".lowercased())
    }

    private var service: Service {
        let isExternal = type == .loadBalancer
        return Service(
            metadata: ObjectMeta(name: name, namespace: "test"),
            type: type,
            clusterIPs: families.map { TestAddress.clusterIP(number, $0).description },
            ports: ports.map {
                ServicePort(name: $0.name, protocol: $0.transport.description, port: $0.port, nodePort: $0.nodePort)
            },
            externalIPs: hasExternalIP ? families.map { TestAddress.externalIP(number, $0).description } : [],
            sessionAffinity: affinityTimeout.map { .clientIP(timeoutSeconds: $0) } ?? .none,
            externalTrafficPolicy: externalPolicy,
            internalTrafficPolicy: internalPolicy,
            loadBalancerSourceRanges: sourceRanges,
            loadBalancerIngress: isExternal
                ? families.map { LoadBalancerIngress(ip: TestAddress.loadBalancer(number, $0).description) } : []
        )
    }

    private func slice(_ family: IPFamily, _ port: Int?) -> EndpointSlice? {
        let endpoints = endpoints.filter { $0.port == port }
        guard families.contains(family), !endpoints.isEmpty else { return nil }
        return EndpointSlice(
            metadata: ObjectMeta(
                name: sliceKey(family, port).name,
                namespace: "test",
                labels: [EndpointSlice.serviceNameLabel: name]
            ),
            addressType: family == .ipv4 ? .ipv4 : .ipv6,
            ports: ports.map {
                EndpointPort(
                    name: $0.name,
                    protocol: $0.transport.description,
                    port: port ?? Int(TestAddress.endpointPort)
                )
            },
            endpoints: endpoints.map {
                KubernetesAPI.Endpoint(
                    addresses: [TestAddress.host($0.host, family).description],
                    ready: $0.ready,
                    serving: $0.serving,
                    terminating: $0.terminating,
                    nodeName: $0.host == "remote" ? "other-node" : TestAddress.nodeName
                )
            }
        )
    }
}
