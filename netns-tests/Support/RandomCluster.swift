import Addressing
import KubernetesAPI
import ServiceRouting

/// Objects of a cluster that change at random: few names, addresses and ports, so that they collide often.
struct RandomCluster {
    var generator: SeededGenerator
    private var services: [ObjectKey: Service] = [:]
    private var slices: [ObjectKey: EndpointSlice] = [:]
    private var cidrs: [String: ServiceCIDR] = [:]
    private(set) var node = NodeContext(nodePortAddresses: [.v4(0x0a00_0501)])

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Every object as it is now, in random order.
    mutating func objects() -> [ObjectChange] {
        var changes = services.map { ObjectChange.service($0.key, $0.value) }
        changes += slices.map { .endpointSlice($0.key, $0.value) }
        changes += cidrs.map { .serviceCIDR($0.key, $0.value) }
        return changes.shuffled(using: &generator)
    }

    /// Changes one object.
    mutating func change() -> ObjectChange {
        switch Int.random(in: 0..<20, using: &generator) {
        case ..<9: changeService()
        case ..<19: changeSlice()
        default: changeCIDR()
        }
    }

    /// Changes the addresses of the node.
    mutating func changeNode() -> NodeContext {
        let addresses: [IPAddress] = [.v4(0x0a00_0501), .v4(0xc0a8_0102), .v6(high: 0xfd00_0005 << 32, low: 1)]
        node.nodePortAddresses = Set(generator.some(addresses))
        node.nodeAddresses = Set(generator.some(addresses))
        return node
    }

    private mutating func changeCIDR() -> ObjectChange {
        let name = generator.pick(["a", "b"])
        let ranges = ["172.30.0.0/16", "172.30.0.0/17", "172.30.128.0/17", "10.96.0.0/12", "fd00:96::/112", "bad"]
        cidrs[name] = generator.chance(20) ? nil : ServiceCIDR(cidrs: generator.some(ranges))
        return .serviceCIDR(name, cidrs[name])
    }

    private mutating func changeService() -> ObjectChange {
        let key = ObjectKey(namespace: "random", name: generator.pick(["a", "b", "c", "d", "e"]))
        guard !generator.chance(15) else {
            services[key] = nil
            return .service(key, nil)
        }
        let present = services[key]
        var service = randomService(key)
        // Half of the changes alter one thing of what is there.
        if var changed = present, generator.chance(50) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: changed.sessionAffinity = service.sessionAffinity
            case 1: changed.loadBalancerSourceRanges = service.loadBalancerSourceRanges
            case 2: changed.externalTrafficPolicy = service.externalTrafficPolicy
            case 3: changed.internalTrafficPolicy = service.internalTrafficPolicy
            case 4: changed.externalIPs = service.externalIPs
            default: changed.ports = service.ports
            }
            service = changed
        }
        services[key] = service
        return .service(key, service)
    }

    private mutating func randomService(_ key: ObjectKey) -> Service {
        Service(
            metadata: ObjectMeta(
                name: key.name,
                namespace: key.namespace,
                creationTimestamp: generator.pick([nil, 1, 2]).map { Timestamp(seconds: Int64($0 as Int)) }
            ),
            type: generator.pick([.clusterIP, .nodePort, .loadBalancer, .loadBalancer, .externalName]),
            clusterIPs: generator.pick([
                ["172.30.0.1"], ["172.30.0.1", "fd00:96::1"], ["fd00:96::2", "172.30.0.2"],
                ["172.30.0.3", "fd00:96::3"],
                ["fd00:96::4"], ["None"],
            ]),
            ports: (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                ServicePort(
                    name: generator.pick(["", "p", "q"]),
                    protocol: generator.pick(["TCP", "TCP", "UDP", "SCTP"]),
                    port: generator.pick([80, 81, 443, 0, 70_000]),
                    nodePort: generator.pick([nil, 30_080, 30_081])
                )
            },
            externalIPs: generator.pick([[], [], ["198.51.100.1", "2001:db8:198::1"], ["172.30.0.1", "10.0.5.1"]]),
            sessionAffinity: generator.pick([
                .none, .none, .clientIP(timeoutSeconds: 60), .clientIP(timeoutSeconds: nil),
            ]),
            externalTrafficPolicy: generator.pick([.cluster, .local]),
            internalTrafficPolicy: generator.pick([.cluster, .cluster, .local]),
            loadBalancerSourceRanges: generator.chance(50)
                ? []
                : generator.some([
                    "10.0.0.0/8", "10.0.4.0/24", "10.0.5.0/24", "192.168.0.0/16", "fd00::/8", "fd00:4::/64",
                    "fd00:5::1/128",
                    "0.0.0.0/1", "128.0.0.0/1", "255.255.255.255/32", "8000::/1",
                ]),
            loadBalancerIngress: generator.pick([[], ["203.0.113.1"], ["203.0.113.2", "2001:db8:113::2"]]).map {
                LoadBalancerIngress(ip: $0)
            }
        )
    }

    private mutating func changeSlice() -> ObjectChange {
        let owner = generator.pick(["a", "b", "c", "d", "e"])
        let key = ObjectKey(namespace: "random", name: "\(owner)-\(generator.pick(["1", "2", "3"]))")
        guard !generator.chance(15) else {
            slices[key] = nil
            return .endpointSlice(key, nil)
        }
        let family = key.name.hasSuffix("3") ? IPFamily.ipv6 : .ipv4
        let slice = EndpointSlice(
            metadata: ObjectMeta(
                name: key.name,
                namespace: key.namespace,
                labels: [EndpointSlice.serviceNameLabel: owner]
            ),
            addressType: family == .ipv4 ? .ipv4 : .ipv6,
            ports: (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                EndpointPort(
                    name: generator.pick(["", "p", "q"]),
                    protocol: generator.pick(["TCP", "UDP", "SCTP", nil]),
                    port: generator.pick([8080, 8081, nil])
                )
            },
            endpoints: (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                let number = Int.random(in: 1...9, using: &generator)
                return Endpoint(
                    addresses: [family == .ipv4 ? "10.0.1.\(number)" : "fd00:1::\(number)"],
                    ready: generator.pick([true, true, true, false]),
                    serving: generator.pick([true, false, nil]),
                    terminating: generator.pick([true, false, nil]),
                    nodeName: generator.pick([TestAddress.nodeName, "other-node", nil])
                )
            }
        )
        slices[key] = slice
        return .endpointSlice(key, slice)
    }
}
