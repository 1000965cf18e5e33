import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

@Suite struct BadInputTests {
    @Test(arguments: [0, -1, 65536, 70000, Int.min, Int.max])
    func aPortOutOfRangeIsLeftOutAndTheOthersStay(_ number: Int) {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("web", "172.30.0.1") {
            $0.type = .nodePort
            $0.ports = [
                .init(name: "bad", port: number, nodePort: 30080), .init(name: "http", port: 80, nodePort: number),
            ]
        }
        let slice = SliceFixture("web-a", of: "web", [.ready("10.0.0.1")]) {
            $0.ports = [
                .init(name: "bad", port: 8080), .init(name: "http", port: number), .init(name: "http", port: 8080),
            ]
        }
        table.apply(service.present, slice.present)
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1", 80)])
        #expect(table.frontends[frontend("172.30.0.1", 80)]?.endpoints == backends("10.0.0.1"))
    }

    @Test func anUnknownProtocolIsLeftOut() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("web", "172.30.0.1") {
            $0.ports = [
                .init(name: "a", protocol: "ICMP"), .init(name: "b", protocol: "tcp", port: 81),
                .init(name: "c", port: 82),
            ]
        }
        table.apply(service.present)
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1", 82)])
    }

    @Test func wordsThatThisVersionDoesNotKnowMeanTheDefault() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("web", "172.30.0.1") {
            $0.ports = [.init(nodePort: 30080)]
            $0.externalIPs = ["203.0.113.9"]
        }
        var object = service.object
        object.type = .unknown("Other")
        object.internalTrafficPolicy = .unknown("Near")
        object.externalTrafficPolicy = .unknown("Near")
        object.sessionAffinity = .unknown("Cookie")
        let slice = SliceFixture("web-a", of: "web", [.ready("10.0.0.1")])
        var other = SliceFixture("web-b", of: "web", [.ready("10.0.0.2")]).object
        other.addressType = .unknown("MAC")
        table.apply(
            .service(service.key, object),
            slice.present,
            .endpointSlice(ObjectKey(namespace: "ns", name: "web-b"), other)
        )
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1"), frontend("203.0.113.9")])
        #expect(table.frontends.values.allSatisfy { $0.endpoints == backends("10.0.0.1") && $0.kind != .externalLocal })
        #expect(table.frontends.values.allSatisfy { $0.affinityTimeout == nil })
    }

    @Test func ofTwoPortsWithOneNameTheFirstCounts() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("web", "172.30.0.1") {
            $0.type = .loadBalancer
            $0.ingress = [("192.168.0.2", nil)]
            $0.ports = [
                .init(name: "p", port: 80, nodePort: 81), .init(name: "p", port: 81), .init(name: "p", port: 80),
            ]
        }
        let diff = table.apply(service.present)
        #expect(Set(diff.frontends.map(\.frontend)).count == diff.frontends.count)
        #expect(
            Set(table.frontends.keys)
                == [frontend("172.30.0.1"), frontend("192.168.0.2"), frontend("192.168.0.2", 81)]
        )
        #expect(table.conflicts.isEmpty)
    }

    @Test func addressesOfAnotherFamilyThanTheSlicesAreLeftOut() {
        var table = RoutingTable.fixture()
        let slice4 = SliceFixture(
            "web-4",
            of: "web",
            [.ready("fd00::1"), .ready("10.0.0.1"), .ready("bad"), .ready("")]
        )
        let slice6 = SliceFixture("web-6", of: "web", [.ready("fd00::1"), .ready("10.0.0.1"), .ready("fe80::1%eth0")]) {
            $0.addressType = .ipv6
        }
        table.apply(ServiceFixture("web", "172.30.0.1", "fd00:10:96::1").present, slice4.present, slice6.present)
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.1"))
        #expect(table.frontends[frontend("fd00:10:96::1")]?.endpoints == backends("fd00::1"))
    }

    @Test func anEndpointWithoutAddressesIsLeftOut() {
        var table = RoutingTable.fixture()
        let slice = SliceFixture("web-a", of: "web", [.ready("10.0.0.1"), .ready("10.0.0.2")])
        var object = slice.object
        object.endpoints[0].addresses = []
        table.apply(ServiceFixture("web", "172.30.0.1").present, .endpointSlice(slice.key, object))
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.2"))
    }

    @Test func onlyTheFirstAddressOfAnEndpointCounts() {
        var table = RoutingTable.fixture()
        let slice = SliceFixture("web-a", of: "web", [.ready("10.0.0.1")])
        var object = slice.object
        object.endpoints[0].addresses = ["10.0.0.7", "10.0.0.8"]
        table.apply(ServiceFixture("web", "172.30.0.1").present, .endpointSlice(slice.key, object))
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.7"))
    }

    @Test func endpointAddressesWithLeadingZerosAreTheSameEndpoint() {
        var table = RoutingTable.fixture()
        let slice = SliceFixture("web-a", of: "web", [.ready("010.000.000.001"), .ready("10.0.0.1")])
        table.apply(ServiceFixture("web", "172.30.0.1").present, slice.present)
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.1"))
    }

    @Test func addressesThatAreNoneAreLeftOutAndTheOthersStay() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("web", "x", "172.30.0.1", "172.30.0.256", "fd00::1::2") {
            $0.type = .loadBalancer
            $0.externalIPs = ["", "203.0.113.9/32", "203.0.113.9", "203.0.113.9:80"]
            $0.ingress = [("name.example", nil), ("", nil), ("5.6.7.8", nil)]
        }
        table.apply(service.present)
        #expect(Set(table.frontends.keys) == [frontend("172.30.0.1"), frontend("203.0.113.9"), frontend("5.6.7.8")])
    }

    @Test func aServiceMayHaveTenThousandEndpointsInOneSlice() {
        var table = RoutingTable.fixture()
        let addresses = (0..<10_000).map { "10.\($0 / 65536).\($0 / 256 % 256).\($0 % 256)" }
        let slice = SliceFixture("web-a", of: "web", addresses.reversed().map { .ready($0) })
        table.apply(ServiceFixture("web", "172.30.0.1").present, slice.present)
        #expect(
            table.frontends[frontend("172.30.0.1")]?.endpoints
                == addresses.map { Backend(address: address($0), port: 8080) }
        )
        let diff = table.apply(slice.with { $0.endpoints.removeLast() }.present)
        #expect(diff.frontends.first?.new?.endpoints.count == 9_999)
    }

    @Test func aServiceMayHaveTenThousandEndpointsInAHundredSlices() {
        var table = RoutingTable.fixture()
        var changes = [ServiceFixture("web", "172.30.0.1").present]
        for slice in 0..<100 {
            let endpoints = (0..<100).map { EndpointFixture.ready("10.0.\($0).\(slice)") }
            changes.append(SliceFixture("web-\(slice)", of: "web", endpoints).present)
        }
        table.load(changes)
        let endpoints = table.frontends[frontend("172.30.0.1")]?.endpoints ?? []
        #expect(endpoints.count == 10_000)
        #expect(endpoints == endpoints.sorted())
    }

    @Test func aSliceMayHintAtEveryZoneThereIs() {
        var table = RoutingTable.fixture(zone: "zone-7")
        let endpoints = (0..<1000).map {
            EndpointFixture.ready("10.0.\($0 / 250).\($0 % 250)", zones: ["zone-\($0)", "zone-\($0)"])
        }
        table.apply(ServiceFixture("web", "172.30.0.1").present, SliceFixture("web-a", of: "web", endpoints).present)
        #expect(table.frontends[frontend("172.30.0.1")]?.endpoints == backends("10.0.0.7"))
    }
}
