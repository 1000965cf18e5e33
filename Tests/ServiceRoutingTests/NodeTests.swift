import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

@Suite struct NodeTests {
    private static let web = ServiceFixture("web", "172.30.0.1", "fd00:10:96::1") {
        $0.type = .nodePort
        $0.ports = [.init(nodePort: 30080)]
    }
    private static let plain = ServiceFixture("plain", "172.30.0.2")

    @Test func nodePortsFollowTheNodesAddresses() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.plain.present)
        var node = table.node
        node.nodePortAddresses.insert(address("192.168.1.2"))
        let added = table.update(node: node)
        #expect(added.frontends.map(\.frontend) == [frontend("192.168.1.2", 30080)])
        #expect(added.touchedServiceCount == 1)
        node.nodePortAddresses = [address("192.168.1.2")]
        let removed = table.update(node: node)
        #expect(
            Set(removed.frontends.map(\.frontend)) == [frontend("192.168.0.2", 30080), frontend("2001:db8::2", 30080)]
        )
        #expect(removed.frontends.allSatisfy { $0.new == nil })
        #expect(table.update(node: node).touchedServiceCount == 0)
        // A Service that comes later gets the addresses of now.
        table.apply(
            Self.web.with {
                $0.name = "late"; $0.ports[0].nodePort = 30081; $0.clusterIPs = ["172.30.0.3"]
            }.present
        )
        #expect(table.frontends[frontend("192.168.1.2", 30081)] != nil)
        #expect(table.frontends[frontend("192.168.0.2", 30081)] == nil)
    }

    @Test func zoneHintsFollowTheNodesLabel() {
        var table = RoutingTable.fixture()
        let slice = SliceFixture(
            "web-a",
            of: "web",
            [.ready("10.0.0.1", zones: ["zone-a"]), .ready("10.0.0.2", zones: ["zone-b", "zone-c"])]
        )
        table.apply(
            Self.web.present,
            slice.present,
            Self.plain.present,
            SliceFixture("plain-a", of: "plain", [.ready("10.0.0.9")]).present
        )
        let endpoints = { table.frontends[frontend("172.30.0.1")]?.endpoints }
        #expect(endpoints() == backends("10.0.0.1", "10.0.0.2"))
        #expect(table.apply(node(zone: "zone-a")).touchedServiceCount == 1)
        #expect(endpoints() == backends("10.0.0.1"))
        table.apply(node(zone: "zone-c"))
        #expect(endpoints() == backends("10.0.0.2"))
        #expect(table.apply(node(named: remote, zone: "zone-a")).isEmpty, "another node")
        table.apply(node(zone: ""))
        #expect(endpoints() == backends("10.0.0.1", "10.0.0.2"))
        table.apply(node(zone: "zone-a"))
        #expect(table.node.zone == "zone-a")
        table.apply(.node(nil))
        #expect(endpoints() == backends("10.0.0.1", "10.0.0.2"))
        #expect(table.node.zone == nil)
    }

    @Test func aZoneMayComeInTheSameCallAsTheSlices() {
        var table = RoutingTable.fixture()
        let slice = SliceFixture(
            "web-a",
            of: "web",
            [.ready("10.0.0.1", zones: ["zone-a"]), .ready("10.0.0.2", zones: ["zone-b"])]
        )
        table.apply(Self.web.present, slice.present, node(zone: "zone-b"))
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.2"))
    }

    @Test func nodeHintsLeaveTheEndpointsOfThisNode() {
        var table = RoutingTable.fixture(zone: "zone-a")
        let slice = SliceFixture(
            "web-a",
            of: "web",
            [
                .ready("10.0.0.1", zones: ["zone-a"], nodes: [here]),
                .ready("10.0.0.2", zones: ["zone-a"], nodes: [remote]),
            ]
        )
        table.apply(Self.web.present, slice.present)
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.1"))
        #expect(table.frontends[frontend("192.168.0.2", 30080)]?.endpoints == backends("10.0.0.1"))
        table.apply(slice.with { $0.endpoints[0].nodes = [remote] }.present)
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
    }

    @Test func sourceRangesFollowTheNodesPrimaryAddress() {
        var table = RoutingTable.fixture()
        let balancer = Self.web.with {
            $0.type = .loadBalancer
            $0.ingress = [("5.6.7.8", nil)]
            $0.sourceRanges = ["198.51.100.0/24"]
        }
        table.apply(balancer.present, Self.plain.present)
        #expect(table.frontends[frontend("5.6.7.8")]?.sourceRanges == [prefix("198.51.100.0/24")])
        var node = table.node
        node.nodeAddresses = [address("198.51.100.7")]
        let diff = table.update(node: node)
        #expect(
            table.frontends[frontend("5.6.7.8")]?.sourceRanges == [prefix("5.6.7.8/32"), prefix("198.51.100.0/24")]
        )
        #expect(diff.frontends.count == 1)
        #expect(diff.touchedServiceCount == 1)
    }
}

@Suite struct HealthCheckTests {
    private static let web = ServiceFixture("web", "172.30.0.1", "fd00:10:96::1") {
        $0.type = .loadBalancer
        $0.isExternalPolicyLocal = true
        $0.healthCheckNodePort = 32000
        $0.ports = [.init(name: "http", nodePort: 30080), .init(name: "https", port: 443, nodePort: 30443)]
    }
    private static let slice = SliceFixture("web-a", of: "web", [.ready("10.0.1.1", on: here), .ready("10.0.2.1")]) {
        $0.ports = [.init(name: "http"), .init(name: "https", port: 8443)]
    }

    private func count(_ slices: SliceFixture...) -> Int? {
        var table = RoutingTable.fixture()
        table.load([Self.web.present] + slices.map(\.present))
        #expect(table.healthChecks.count == 1)
        #expect(table.healthChecks[Self.web.key]?.port == 32000)
        return table.healthChecks[Self.web.key]?.localReadyEndpointCount
    }

    @Test func distinctAddressesOfLocalReadyEndpointsCount() {
        #expect(count() == 0)
        #expect(count(Self.slice) == 1)
        #expect(count(Self.slice, Self.slice.with { $0.name = "web-b" }) == 1)
        #expect(count(Self.slice.with { $0.endpoints.append(.ready("10.0.1.2", on: here)) }) == 2)
    }

    @Test func terminatingAndUnreadyEndpointsDoNotCount() {
        #expect(
            count(
                Self.slice.with { $0.endpoints = [.terminating("10.0.1.1", on: here), .unready("10.0.1.2", on: here)] }
            ) == 0
        )
    }

    @Test func endpointsOfASliceWithoutPortsDoNotCount() {
        #expect(count(Self.slice.with { $0.ports = [] }) == 0)
        #expect(count(Self.slice.with { $0.ports = [.init(name: "http", port: nil)] }) == 0)
    }

    @Test func aDualStackPodCountsOnce() {
        let slice6 = SliceFixture("web-6", of: "web", [.ready("fd00::1", on: here)]) {
            $0.addressType = .ipv6
            $0.ports = Self.slice.ports
        }
        #expect(count(slice6) == 1, "an IPv6 endpoint alone keeps the node in the pool")
        #expect(count(Self.slice, slice6) == 1)
    }

    @Test func onlyALoadBalancerUnderTheLocalPolicyHasAHealthCheck() {
        var table = RoutingTable.fixture()
        let diff = table.apply(Self.web.present, Self.slice.present)
        let check = HealthCheck(port: 32000, localReadyEndpointCount: 1)
        #expect(diff.healthChecks == [HealthCheckChange(service: Self.web.key, old: nil, new: check)])
        let cluster = table.apply(Self.web.with { $0.isExternalPolicyLocal = false }.present)
        #expect(cluster.healthChecks == [HealthCheckChange(service: Self.web.key, old: check, new: nil)])
        #expect(table.apply(Self.web.with { $0.type = .nodePort }.present).healthChecks.isEmpty)
        #expect(table.apply(Self.web.with { $0.healthCheckNodePort = 0 }.present).healthChecks.isEmpty)
        #expect(table.apply(Self.web.with { $0.healthCheckNodePort = 70000 }.present).healthChecks.isEmpty)
        table.apply(Self.web.present)
        let moved = table.apply(Self.web.with { $0.healthCheckNodePort = 32001 }.present)
        #expect(moved.healthChecks.first?.old?.port == 32000)
        #expect(moved.healthChecks.first?.new?.port == 32001)
        #expect(table.apply(Self.web.absent).healthChecks.first?.new == nil)
        #expect(table.healthChecks.isEmpty)
    }

    @Test func aChangeOfTheCountIsAChange() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        let diff = table.apply(Self.slice.with { $0.endpoints[0] = .terminating("10.0.1.1", on: here) }.present)
        #expect(diff.healthChecks.map(\.new?.localReadyEndpointCount) == [0])
        #expect(table.frontends[frontend("192.168.0.2", 30080)]?.localEndpoints == backends("10.0.1.1"))
    }
}
