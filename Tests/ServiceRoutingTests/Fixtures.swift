import Addressing
import KubernetesAPI
import ServiceRouting

/// A Service as a test describes it.
struct ServiceFixture: Hashable {
    struct Port: Hashable {
        var name = ""
        var `protocol` = "TCP"
        var port = 80
        var nodePort: Int?
    }

    var namespace = "ns"
    var name: String
    var type = ServiceType.clusterIP
    var clusterIPs: [String]
    var ports = [Port()]
    var externalIPs: [String] = []
    var ingress: [(ip: String?, ipMode: String?)] = []
    var sourceRanges: [String] = []
    var isInternalPolicyLocal = false
    var isExternalPolicyLocal = false
    var hasAffinity = false
    var affinityTimeout: Int?
    var healthCheckNodePort: Int?
    /// Seconds after the epoch.
    var created: Int?
    var labels: [String: String] = [:]

    init(_ name: String, _ clusterIPs: String..., change: (inout ServiceFixture) -> Void = { _ in }) {
        self.name = name
        self.clusterIPs = clusterIPs
        change(&self)
    }

    static func == (left: Self, right: Self) -> Bool { String(describing: left) == String(describing: right) }
    func hash(into hasher: inout Hasher) { hasher.combine(String(describing: self)) }

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
    func portName(_ port: String = "", _ protocol: TransportProtocol = .tcp) -> ServicePortName {
        ServicePortName(service: key, portName: port, protocol: `protocol`)
    }
    var present: ObjectChange { .service(key, object) }
    var absent: ObjectChange { .service(key, nil) }
    func with(_ change: (inout ServiceFixture) -> Void) -> ServiceFixture {
        var copy = self
        change(&copy)
        return copy
    }

    var object: Service {
        Service(
            metadata: ObjectMeta(
                name: name,
                namespace: namespace,
                creationTimestamp: created.map(timestamp),
                labels: labels
            ),
            type: type,
            clusterIPs: clusterIPs,
            ports: ports.map {
                ServicePort(name: $0.name, protocol: $0.protocol, port: $0.port, nodePort: $0.nodePort)
            },
            externalIPs: externalIPs,
            sessionAffinity: hasAffinity ? .clientIP(timeoutSeconds: affinityTimeout) : .none,
            externalTrafficPolicy: isExternalPolicyLocal ? .local : .cluster,
            internalTrafficPolicy: isInternalPolicyLocal ? .local : .cluster,
            healthCheckNodePort: healthCheckNodePort,
            loadBalancerSourceRanges: sourceRanges,
            loadBalancerIngress: ingress.map { LoadBalancerIngress(ip: $0.ip, ipMode: $0.ipMode) }
        )
    }
}

/// An endpoint as a test describes it.
struct EndpointFixture: Hashable {
    var address: String
    var ready: Bool? = true
    var serving: Bool?
    var terminating: Bool?
    var node: String?
    var zones: [String] = []
    var nodes: [String] = []

    static func ready(_ address: String, on node: String? = remote, zones: [String] = [], nodes: [String] = []) -> Self
    {
        Self(address: address, node: node, zones: zones, nodes: nodes)
    }
    static func terminating(_ address: String, on node: String? = remote, serving: Bool = true) -> Self {
        Self(address: address, ready: false, serving: serving, terminating: true, node: node)
    }
    static func unready(_ address: String, on node: String? = remote) -> Self {
        Self(address: address, ready: false, serving: false, node: node)
    }
}

/// An EndpointSlice as a test describes it.
struct SliceFixture: Hashable {
    struct Port: Hashable {
        var name: String? = ""
        var `protocol`: String?
        var port: Int? = 8080
    }

    var namespace = "ns"
    var name: String
    var service: String?
    var addressType = AddressType.ipv4
    var ports = [Port()]
    var endpoints: [EndpointFixture]
    var labels: [String: String] = [:]
    /// Seconds after the epoch.
    var triggerTime: Int?

    init(
        _ name: String,
        of service: String?,
        _ endpoints: [EndpointFixture],
        change: (inout SliceFixture) -> Void = { _ in }
    ) {
        self.name = name
        self.service = service
        self.endpoints = endpoints
        change(&self)
    }

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
    var present: ObjectChange { .endpointSlice(key, object) }
    var absent: ObjectChange { .endpointSlice(key, nil) }
    func with(_ change: (inout SliceFixture) -> Void) -> SliceFixture {
        var copy = self
        change(&copy)
        return copy
    }

    var object: EndpointSlice {
        var metadata = ObjectMeta(name: name, namespace: namespace, labels: labels)
        metadata.labels[EndpointSlice.serviceNameLabel] = service
        metadata.annotations[EndpointSlice.lastChangeTriggerTimeAnnotation] = triggerTime.map {
            timestamp($0).description
        }
        return EndpointSlice(
            metadata: metadata,
            addressType: addressType,
            ports: ports.map { EndpointPort(name: $0.name, protocol: $0.protocol, port: $0.port) },
            endpoints: endpoints.map { endpoint in
                Endpoint(
                    addresses: [endpoint.address],
                    ready: endpoint.ready,
                    serving: endpoint.serving,
                    terminating: endpoint.terminating,
                    nodeName: endpoint.node,
                    hints: EndpointHints(forZones: endpoint.zones, forNodes: endpoint.nodes)
                )
            }
        )
    }
}

func timestamp(_ seconds: Int) -> Timestamp { Timestamp(seconds: Int64(seconds)) }

func node(named name: String = here, zone: String?) -> ObjectChange {
    var node = Node(metadata: ObjectMeta(name: name))
    node.metadata.labels["topology.kubernetes.io/zone"] = zone
    return .node(node)
}

func serviceCIDR(_ name: String, _ cidrs: String...) -> ObjectChange {
    .serviceCIDR(name, ServiceCIDR(metadata: ObjectMeta(name: name), cidrs: cidrs))
}

/// The name of this node.
let here = "node-a"
/// The name of another node.
let remote = "node-b"
