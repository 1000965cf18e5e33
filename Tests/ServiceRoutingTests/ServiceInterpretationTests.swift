import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

@Suite struct ServiceInterpretationTests {
    private func table(_ service: ServiceFixture, allowExternalIPs: Bool = true, proxyName: String? = nil)
        -> RoutingTable
    {
        var table = RoutingTable.fixture(proxyName: proxyName, allowServiceExternalIPs: allowExternalIPs)
        table.apply(service.present)
        return table
    }

    @Test func everyAddressAndPortOfAServiceIsAFrontend() {
        let table = table(
            ServiceFixture("web", "172.30.0.1", "fd00:10:96::1") {
                $0.type = .loadBalancer
                $0.ports = [
                    .init(name: "http", port: 80, nodePort: 30080), .init(name: "https", port: 443, nodePort: 30443),
                ]
                $0.externalIPs = ["203.0.113.9", "2001:db8:9::9"]
                $0.ingress = [("5.6.7.8", nil), ("2001:db8:5::8", "VIP")]
            }
        )
        let addresses = ["172.30.0.1", "fd00:10:96::1", "203.0.113.9", "2001:db8:9::9", "5.6.7.8", "2001:db8:5::8"]
        var expected: Set<Frontend> = []
        for address in addresses { expected.formUnion([frontend(address, 80), frontend(address, 443)]) }
        for address in ["192.168.0.2", "2001:db8::2"] {
            expected.formUnion([frontend(address, 30080), frontend(address, 30443)])
        }
        #expect(Set(table.frontends.keys) == expected)
        #expect(table.frontends[frontend("5.6.7.8", 443)]?.service.description == "ns/web:https")
        #expect(Set(table.clusterIPs) == [address("172.30.0.1"), address("fd00:10:96::1")])
    }

    @Test(arguments: [
        ServiceFixture("headless", "None"),
        ServiceFixture("pending"),
        ServiceFixture("empty", ""),
        ServiceFixture("alias", "172.30.0.1") { $0.type = .externalName },
        ServiceFixture("other", "172.30.0.1") { $0.labels = ["service.kubernetes.io/service-proxy-name": "other"] },
        ServiceFixture("nobody", "172.30.0.1") { $0.labels = ["service.kubernetes.io/service-proxy-name": ""] },
    ])
    func aServiceThatIsNotForThisProxyIsNotServed(_ service: ServiceFixture) {
        let table = table(
            service.with {
                $0.externalIPs = ["203.0.113.9"]
                $0.ports = [.init(nodePort: 30080)]
            }
        )
        #expect(table.frontends.isEmpty)
        #expect(table.clusterIPs.isEmpty)
    }

    @Test func aNamedProxyServesTheServicesOfItsNameOnly() {
        let label = "service.kubernetes.io/service-proxy-name"
        let mine = ServiceFixture("mine", "172.30.0.1") { $0.labels = [label: "trama"] }
        var table = table(mine, proxyName: "trama")
        #expect(table.frontends.count == 1)
        #expect(self.table(ServiceFixture("plain", "172.30.0.1"), proxyName: "trama").frontends.isEmpty)
        // Labels move a Service between proxies.
        let diff = table.apply(mine.with { $0.labels = [label: "other"] }.present)
        #expect(diff.frontends.count == 1)
        #expect(table.frontends.isEmpty)
        table.apply(mine.present)
        #expect(table.frontends.count == 1)
    }

    @Test func onlyTheFirstClusterIPOfEachFamilyCounts() {
        let table = table(ServiceFixture("web", "fd00:10:96::1", "fd00:10:96::2", "172.30.0.1", "172.30.0.2"))
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1"), frontend("fd00:10:96::1")])
    }

    @Test func aServiceExistsOnlyInTheFamiliesOfItsClusterIPs() {
        let table = table(
            ServiceFixture("web", "172.30.0.1") {
                $0.type = .loadBalancer
                $0.ports = [.init(nodePort: 30080)]
                $0.externalIPs = ["2001:db8:9::9"]
                $0.ingress = [("2001:db8:5::8", nil)]
            }
        )
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1"), frontend("192.168.0.2", 30080)])
    }

    @Test func addressesWithLeadingZerosAreReadAsDecimal() {
        let table = table(ServiceFixture("web", "172.030.001.041") { $0.externalIPs = ["005.006.007.008"] })
        #expect(Set(table.frontends.keys) == [frontend("172.30.1.41"), frontend("5.6.7.8")])
    }

    @Test func externalIPsAreServedWhereAllowed() {
        let service = ServiceFixture("web", "172.30.0.1") { $0.externalIPs = ["203.0.113.9"] }
        #expect(table(service).frontends.count == 2)
        #expect(table(service, allowExternalIPs: false).frontends.count == 1)
    }

    @Test func aLoadBalancerThatProxiesItselfIsNotAnsweredForIt() {
        let table = table(
            ServiceFixture("web", "172.30.0.1") {
                $0.type = .loadBalancer
                $0.ingress = [("5.6.7.8", "Proxy"), (nil, nil), ("5.6.7.9", "VIP"), ("5.6.7.10", nil)]
            }
        )
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1"), frontend("5.6.7.9"), frontend("5.6.7.10")])
    }

    @Test func nodePortsAndLoadBalancersFollowTheType() {
        let service = ServiceFixture("web", "172.30.0.1") {
            $0.ports = [.init(nodePort: 30080)]
            $0.ingress = [("5.6.7.8", nil)]
        }
        var table = table(service)
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1")])
        table.apply(service.with { $0.type = .nodePort }.present)
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1"), frontend("192.168.0.2", 30080)])
        table.apply(service.with { $0.type = .loadBalancer }.present)
        #expect(table.frontends.count == 3)
        table.apply(service.present)
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1")])
        table.apply(service.with { $0.type = .externalName }.present)
        #expect(table.frontends.isEmpty)
        table.apply(service.with { $0.type = .nodePort }.present)
        #expect(table.frontends.count == 2)
    }

    @Test(
        arguments: [
            (nil, 10800), (1, 1), (600, 600), (86400, 86400), (0, 10800), (-5, 10800), (86401, 10800),
        ] as [(Int?, Int)]
    )
    func theAffinityTimeoutIsTakenWithinItsBounds(_ timeout: Int?, _ expected: Int) {
        let table = table(
            ServiceFixture("web", "172.30.0.1") {
                $0.hasAffinity = true
                $0.affinityTimeout = timeout
            }
        )
        #expect(table.frontends[frontend("172.30.0.1")]?.affinityTimeout == .seconds(expected))
        #expect(
            self.table(ServiceFixture("web", "172.30.0.1")).frontends.values.allSatisfy { $0.affinityTimeout == nil }
        )
    }

    @Test func aServiceWithoutPortsStillHasItsClusterIP() {
        var table = RoutingTable.fixture()
        let diff = table.apply(ServiceFixture("web", "172.30.0.1") { $0.ports = [] }.present)
        #expect(diff.clusterIPs.added == [address("172.30.0.1")])
        #expect(!diff.isEmpty)
    }

    @Test func serviceCIDRsAreCountedOverObjects() {
        var table = RoutingTable.fixture()
        #expect(
            table.apply(serviceCIDR("kubernetes", "172.30.0.0/16", "fd00:10:96::/112")).serviceCIDRs.added
                == [prefix("172.30.0.0/16"), prefix("fd00:10:96::/112")]
        )
        #expect(
            table.apply(serviceCIDR("more", "172.30.1.5/16", "10.200.0.0/20")).serviceCIDRs.added == [
                prefix("10.200.0.0/20")
            ]
        )
        #expect(table.apply(.serviceCIDR("kubernetes", nil)).serviceCIDRs.removed == [prefix("fd00:10:96::/112")])
        #expect(Set(table.serviceCIDRs) == [prefix("172.30.0.0/16"), prefix("10.200.0.0/20")])
        #expect(table.apply(serviceCIDR("bad", "0.0.0.0/0", "::/0", "10.0.0.0", "x", "10.0.0.0/33")).isEmpty)
    }
}

@Suite struct SourceRangeTests {
    private static let ip4 = frontend("5.6.7.8")
    private static let ip6 = frontend("2001:db8:5::8")

    private func table(_ ranges: String...) -> RoutingTable {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("web", "172.30.0.1", "fd00:10:96::1") {
            $0.type = .loadBalancer
            $0.ports = [.init(nodePort: 30080)]
            $0.externalIPs = ["203.0.113.9"]
            $0.ingress = [("5.6.7.8", nil), ("2001:db8:5::8", nil), ("5.6.7.9", nil)]
            $0.sourceRanges = ranges
        }
        table.apply(service.present)
        return table
    }

    @Test func rangesApplyToLoadBalancerAddressesOnly() {
        let table = table("203.0.113.0/25")
        for (frontend, route) in table.frontends {
            let isFiltered = ["5.6.7.8", "5.6.7.9"].map(address).contains(frontend.address)
            #expect(route.sourceRanges == (isFiltered ? [prefix("203.0.113.0/25")] : nil), "\(frontend)")
        }
    }

    @Test func rangesOfOneFamilyLeaveTheOtherOpen() {
        #expect(table("203.0.113.0/25").frontends[Self.ip6]?.sourceRanges == nil)
        #expect(table("2001:db8:7::/64").frontends[Self.ip4]?.sourceRanges == nil)
        #expect(table("2001:db8:7::/64").frontends[Self.ip6]?.sourceRanges == [prefix("2001:db8:7::/64")])
    }

    @Test func aRangeOfLengthZeroOpensItsFamilyOnly() {
        let table = table("203.0.113.0/25", "0.0.0.0/0", "2001:db8:7::/64")
        #expect(table.frontends[Self.ip4]?.sourceRanges == nil)
        #expect(table.frontends[Self.ip6]?.sourceRanges == [prefix("2001:db8:7::/64")])
    }

    @Test func whiteSpaceAroundRangesIsIgnored() {
        let table = table("  203.0.113.0/25\t", " ", "", "\n203.0.113.128/25 ")
        #expect(table.frontends[Self.ip4]?.sourceRanges == [prefix("203.0.113.0/25"), prefix("203.0.113.128/25")])
        #expect(table.frontends[Self.ip6]?.sourceRanges == nil)
    }

    @Test func noRangesAreNoFilter() {
        #expect(table().frontends[Self.ip4]?.sourceRanges == nil)
        #expect(table(" ").frontends[Self.ip4]?.sourceRanges == nil)
    }

    @Test func aRangeThatContainsTheNodeLetsTheLoadBalancersOwnAddressesIn() {
        let table = table("192.168.0.0/24", "10.0.0.0/8")
        #expect(
            table.frontends[Self.ip4]?.sourceRanges
                == [prefix("5.6.7.8/32"), prefix("5.6.7.9/32"), prefix("10.0.0.0/8"), prefix("192.168.0.0/24")]
        )
    }

    @Test func aTextThatIsNoRangeAdmitsNobodyInItsFamily() {
        #expect(table("203.0.113.0").frontends[Self.ip4]?.sourceRanges == [])
        #expect(table("203.0.113.0").frontends[Self.ip6]?.sourceRanges == nil)
        #expect(table("2001:db8::/129").frontends[Self.ip6]?.sourceRanges == [])
        #expect(table("10.0.0.0/33", "10.0.0.0/8").frontends[Self.ip4]?.sourceRanges == [prefix("10.0.0.0/8")])
    }
}
