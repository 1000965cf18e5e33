import Addressing
import KubernetesAPI
import SeededTesting
import Testing

@testable import ServiceRouting

/// A cluster that changes at random: few names, addresses and ports, so that they collide often.
private struct RandomCluster {
    var generator: SeededGenerator
    var services: [ObjectKey: ServiceFixture] = [:]
    var slices: [ObjectKey: SliceFixture] = [:]
    var cidrs: [String: String] = [:]
    var zone: String?
    var node = RoutingTable.fixture().node

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Every object as it is now, in random order.
    mutating func objects() -> [ObjectChange] {
        var changes = services.values.map(\.present) + slices.values.map(\.present)
        changes += cidrs.map { serviceCIDR($0.key, $0.value) }
        changes.append(ServiceRoutingTests.node(zone: zone))
        return changes.shuffled(using: &generator)
    }

    /// Changes one object, or sets it again as it is.
    mutating func change() -> ObjectChange {
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<40: changeService()
        case ..<90: changeSlice()
        case ..<95: changeCIDR()
        default: changeZone()
        }
    }

    /// Changes the addresses of the node.
    mutating func changeNode() -> NodeContext {
        let all = ["192.168.0.2", "192.168.1.2", "2001:db8::2"].map(address)
        node.nodePortAddresses = Set(all.filter { _ in generator.chance(60) })
        node.nodeAddresses = Set(all.filter { _ in generator.chance(50) })
        node.zone = zone
        return node
    }

    private mutating func changeZone() -> ObjectChange {
        zone = generator.pick([nil, "zone-a", "zone-b"])
        return ServiceRoutingTests.node(zone: zone)
    }

    private mutating func changeCIDR() -> ObjectChange {
        let name = generator.pick(["a", "b"])
        cidrs[name] = generator.pick([nil, "172.30.0.0/16", "172.31.0.0/16", "bad"])
        return cidrs[name].map { serviceCIDR(name, $0) } ?? .serviceCIDR(name, nil)
    }

    private mutating func changeService() -> ObjectChange {
        let name = generator.pick(["a", "b", "c", "d"])
        var service = ServiceFixture(name)
        if generator.chance(25) {
            services[service.key] = nil
            return service.absent
        }
        service.type = generator.pick([.clusterIP, .nodePort, .loadBalancer, .loadBalancer, .externalName])
        service.clusterIPs = generator.pick([
            ["172.30.0.1"], ["172.30.0.2"], ["172.30.0.1", "fd00::1"], ["fd00::2", "172.30.0.2"], ["None"],
            ["172.30.0.3"], ["172.30.0.4", "fd00::4"],
        ])
        service.ports = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            ServiceFixture.Port(
                name: generator.pick(["", "p", "q"]),
                protocol: generator.pick(["TCP", "UDP", "SCTP", "ICMP"]),
                port: generator.pick([80, 81, 0, 70000, 30080]),
                nodePort: generator.pick([nil, 30080, 30081, 80])
            )
        }
        service.externalIPs = generator.pick([[], ["203.0.113.9"], ["192.168.0.2", "172.30.0.1"], ["bad"]])
        service.ingress = generator.pick([[], [("5.6.7.8", nil)], [("203.0.113.9", "VIP"), ("2001:db8:5::8", nil)]])
        service.sourceRanges = generator.pick([
            [], [], ["192.168.0.0/24"], ["10.0.0.0/8", "2001:db8::/32"], ["0.0.0.0/0"],
        ])
        service.isInternalPolicyLocal = generator.chance(30)
        service.isExternalPolicyLocal = generator.chance(50)
        service.hasAffinity = generator.chance(20)
        service.healthCheckNodePort = generator.pick([nil, 32000])
        service.created = generator.pick([nil, 1, 2, 2, 3])
        if generator.chance(5) { service.labels = ["service.kubernetes.io/service-proxy-name": "other"] }
        // Half of the changes alter one thing of what is there.
        if var present = services[service.key], generator.chance(50) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: present.created = service.created
            case 1: for index in present.ports.indices { present.ports[index].name += "x" }
            case 2: present.ports.reverse()
            case 3: present.externalIPs = service.externalIPs
            default: present.isExternalPolicyLocal.toggle()
            }
            service = present
        }
        services[service.key] = service
        return service.present
    }

    private mutating func changeSlice() -> ObjectChange {
        let name = generator.pick(["s", "t", "u", "v", "w", "x"])
        var slice = SliceFixture(name, of: generator.pick(["a", "b", "c", "d", "e", nil]), [])
        if generator.chance(20) {
            slices[slice.key] = nil
            return slice.absent
        }
        slice.addressType = generator.pick([.ipv4, .ipv4, .ipv4, .ipv6, .fqdn])
        slice.ports = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            SliceFixture.Port(
                name: generator.pick(["", "p", "q", nil]),
                protocol: generator.pick(["TCP", "UDP", nil, "ICMP"]),
                port: generator.pick([8080, 8081, nil, 0, 70000])
            )
        }
        let zones = generator.pick([[[]], [["zone-a"], ["zone-b"]], [["zone-a"], ["zone-a", "zone-b"], []]])
        let nodes = generator.pick([[[]], [[here], [remote]]])
        slice.endpoints = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            let last = Int.random(in: 1...5, using: &generator)
            return EndpointFixture(
                address: slice.addressType == .ipv6 && !generator.chance(10) ? "fd00:10::\(last)" : "10.0.0.\(last)",
                ready: generator.pick([true, true, false, nil]),
                serving: generator.pick([true, false, nil]),
                terminating: generator.pick([true, false, nil]),
                node: generator.pick([here, remote, nil]),
                zones: generator.pick(zones),
                nodes: generator.pick(nodes)
            )
        }
        if generator.chance(5) { slice.labels = ["service.kubernetes.io/headless": ""] }
        slices[slice.key] = slice
        return slice.present
    }
}

@Suite struct RandomHistoryTests {
    @Test(arguments: 0..<200)
    func aHistoryLeadsToTheStateOfItsFinalObjects(_ index: Int) {
        let seed = SeededGenerator.seed() &+ UInt64(index)
        var cluster = RandomCluster(seed: seed)
        var table = RoutingTable.fixture()
        var replayed = ReplayedState(table)
        for _ in 0..<60 {
            if cluster.generator.chance(8) {
                replayed.replay(table.update(node: cluster.changeNode()))
            } else {
                let count = Int.random(in: 1...6, using: &cluster.generator)
                replayed.replay(table.apply((0..<count).map { _ in cluster.change() }))
            }
            let state = ReplayedState(table)
            #expect(replayed == state, "TRAMA_SEED=\(seed): the diffs do not add up")

            var fresh = RoutingTable(options: table.options, node: cluster.node)
            fresh.load(cluster.objects())
            #expect(ReplayedState(fresh) == state, "TRAMA_SEED=\(seed): not the state of the final objects")
            guard ReplayedState(fresh) == state, replayed == state else { return }
            #expect(table.apply(cluster.objects()).isEmpty, "TRAMA_SEED=\(seed): the same objects changed something")
        }
        table.load(
            cluster.services.values.map(\.absent) + cluster.slices.values.map(\.absent)
                + cluster.cidrs.keys.map { .serviceCIDR($0, nil) }
        )
        #expect(ReplayedState(table) == ReplayedState(.fixture()), "TRAMA_SEED=\(seed)")
        #expect(table.services.isEmpty && table.sliceOwners.isEmpty && table.contenders.isEmpty)
        #expect(table.nodePortServices.isEmpty && table.sourceRangeServices.isEmpty && table.zoneHintServices.isEmpty)
    }

    @Test(arguments: 0..<50)
    func everyRouteKeepsItsPromises(_ index: Int) {
        let seed = SeededGenerator.seed() &+ UInt64(index)
        var cluster = RandomCluster(seed: seed)
        var table = RoutingTable.fixture()
        for _ in 0..<100 {
            table.apply(cluster.change())
            for (frontend, route) in table.frontends {
                for list in [route.endpoints, route.localEndpoints, route.serving] {
                    #expect(list == Set(list).sorted(), "TRAMA_SEED=\(seed): sorted, each once")
                    #expect(list.allSatisfy { $0.address.family == frontend.family && $0.port > 0 })
                }
                #expect(frontend.protocol == route.service.protocol)
                #expect(route.kind == .externalLocal || route.localEndpoints.isEmpty)
                #expect(frontend.protocol == .udp || route.serving.isEmpty)
                #expect((route.sourceRanges ?? []).allSatisfy { $0.family == frontend.family })
                let policyList = route.kind == .externalLocal ? route.localEndpoints : route.endpoints
                #expect(policyList.isEmpty == (route.unserved != nil), "TRAMA_SEED=\(seed)")
            }
        }
    }
}
