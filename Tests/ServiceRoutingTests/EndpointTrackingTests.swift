import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

@Suite struct EndpointTrackingTests {
    private static let web = ServiceFixture("web", "172.30.0.1")
    private static let frontend4 = frontend("172.30.0.1")
    private static let slice = SliceFixture("web-a", of: "web", [.ready("10.0.0.1"), .ready("10.0.0.2")])

    private func endpoints(_ slices: SliceFixture...) -> [Backend]? {
        var forward = RoutingTable.fixture()
        forward.load([Self.web.present] + slices.map(\.present))
        var backward = RoutingTable.fixture()
        for slice in slices.reversed() { backward.apply(slice.present) }
        backward.apply(Self.web.present)
        #expect(ReplayedState(forward) == ReplayedState(backward))
        return forward.frontends[Self.frontend4]?.endpoints
    }

    @Test func theEndpointsOfAllSlicesAreJoinedAndSorted() {
        #expect(
            endpoints(
                Self.slice.with { $0.endpoints.reverse() },
                SliceFixture("web-b", of: "web", [.ready("9.0.0.1"), .ready("10.0.0.10")])
            ) == backends("9.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.10")
        )
    }

    @Test func anEndpointInTwoSlicesIsOneEndpoint() {
        #expect(
            endpoints(Self.slice, SliceFixture("web-b", of: "web", [.ready("10.0.0.2"), .ready("10.0.0.3")]))
                == backends("10.0.0.1", "10.0.0.2", "10.0.0.3")
        )
    }

    @Test func anEndpointTwiceInOneSliceIsOneEndpoint() {
        #expect(endpoints(Self.slice.with { $0.endpoints += $0.endpoints }) == backends("10.0.0.1", "10.0.0.2"))
    }

    @Test(arguments: ["web-0", "web-z"])
    func ofTwoEntriesForOneEndpointTheOneThatDoesNotTerminateCounts(_ name: String) {
        #expect(
            endpoints(Self.slice, SliceFixture(name, of: "web", [.terminating("10.0.0.1"), .terminating("10.0.0.7")]))
                == backends("10.0.0.1", "10.0.0.2")
        )
    }

    @Test func conditionsThatAreAbsentMeanReadyServingAndNotTerminating() {
        #expect(
            endpoints(Self.slice.with { $0.endpoints = [EndpointFixture(address: "10.0.0.1", ready: nil)] })
                == backends("10.0.0.1")
        )
        #expect(
            endpoints(
                Self.slice.with {
                    $0.endpoints = [EndpointFixture(address: "10.0.0.1", ready: false, serving: nil, terminating: true)]
                }
            ) == backends("10.0.0.1")
        )
        #expect(
            endpoints(Self.slice.with { $0.endpoints = [EndpointFixture(address: "10.0.0.1", ready: false)] }) == []
        )
    }

    @Test func portsAreMatchedByNameAndProtocol() {
        var table = RoutingTable.fixture()
        let service = Self.web.with {
            $0.ports = [
                .init(name: "http", port: 80), .init(name: "dns", protocol: "UDP", port: 53),
                .init(name: "late", port: 81),
            ]
        }
        let slice = Self.slice.with {
            $0.ports = [
                .init(name: "http", port: 8080), .init(name: "dns", protocol: "UDP", port: 5353),
                .init(name: "dns", protocol: "TCP", port: 5354), .init(name: nil, port: 1),
                .init(name: "late", port: nil),
            ]
        }
        table.apply(service.present, slice.present)
        #expect(table.frontends[frontend("172.30.0.1", 80)]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
        #expect(
            table.frontends[frontend("172.30.0.1", 53, .udp)]?.endpoints == backends("10.0.0.1", "10.0.0.2", port: 5353)
        )
        #expect(table.frontends[frontend("172.30.0.1", 81)]?.unserved == .reject)
        #expect(table.frontends.count == 3)
    }

    @Test func aNamedTargetPortMayHaveOneNumberForEachSlice() {
        #expect(
            endpoints(Self.slice, SliceFixture("web-b", of: "web", [.ready("10.0.0.1")]) { $0.ports[0].port = 9090 })
                == [backends("10.0.0.1"), backends("10.0.0.1", port: 9090), backends("10.0.0.2")].flatMap { $0 }
        )
    }

    @Test func eachFamilyHasItsOwnEndpoints() {
        var table = RoutingTable.fixture()
        let slice6 = SliceFixture("web-6", of: "web", [.ready("fd00::1")]) { $0.addressType = .ipv6 }
        table.apply(ServiceFixture("web", "172.30.0.1", "fd00:10:96::1").present, Self.slice.present, slice6.present)
        #expect(table.frontends[Self.frontend4]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
        #expect(table.frontends[frontend("fd00:10:96::1")]?.endpoints == backends("fd00::1"))
        table.apply(slice6.absent)
        #expect(table.frontends[frontend("fd00:10:96::1")]?.unserved == .reject)
        #expect(table.frontends[Self.frontend4]?.unserved == nil)
    }

    @Test func slicesOfNamesHeadlessSlicesAndSlicesOfNobodyAreIgnored() {
        #expect(endpoints(Self.slice.with { $0.addressType = .fqdn }) == [])
        #expect(endpoints(Self.slice.with { $0.labels = ["service.kubernetes.io/headless": ""] }) == [])
        #expect(endpoints(Self.slice.with { $0.service = nil }) == [])
        #expect(endpoints(Self.slice.with { $0.service = "" }) == [])
        #expect(endpoints(Self.slice.with { $0.namespace = "other" }) == [])
    }

    @Test func aSliceThatBecomesHeadlessCountsAsDeleted() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        table.apply(Self.slice.with { $0.labels = ["service.kubernetes.io/headless": ""] }.present)
        #expect(table.frontends[Self.frontend4]?.unserved == .reject)
        table.apply(Self.slice.present)
        #expect(table.frontends[Self.frontend4]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
    }

    @Test func aSliceMovesToAnotherServiceByItsLabel() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, ServiceFixture("api", "172.30.0.2").present, Self.slice.present)
        let diff = table.apply(Self.slice.with { $0.service = "api" }.present)
        #expect(table.frontends[Self.frontend4]?.unserved == .reject)
        #expect(table.frontends[frontend("172.30.0.2")]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
        #expect(diff.touchedServiceCount == 2)
        #expect(diff.endpointSliceChangeCount == 1)
        table.apply(Self.slice.absent)
        #expect(table.frontends.values.allSatisfy { $0.unserved == .reject })
        #expect(table.sliceOwners.isEmpty)
    }

    @Test func aServiceThatComesBackFindsItsSlices() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        table.apply(Self.web.absent)
        #expect(table.frontends.isEmpty)
        #expect(table.localEndpointAddresses.isEmpty)
        table.apply(Self.web.present)
        #expect(table.frontends[Self.frontend4]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
    }

    @Test func nothingIsKeptOfObjectsThatAreGone() {
        var table = RoutingTable.fixture()
        let service = Self.web.with {
            $0.type = .nodePort
            $0.ports = [.init(nodePort: 30080)]
        }
        let slice = Self.slice.with { $0.endpoints = [.ready("10.0.0.1", on: here, zones: ["zone-a"])] }
        table.apply(service.present, slice.present, serviceCIDR("a", "172.30.0.0/16"))
        table.apply(service.absent, slice.absent, .serviceCIDR("a", nil))
        #expect(ReplayedState(table) == ReplayedState(.fixture()))
        #expect(table.services.isEmpty && table.sliceOwners.isEmpty && table.serviceCIDRObjects.isEmpty)
        #expect(table.nodePortServices.isEmpty && table.zoneHintServices.isEmpty && table.contenders.isEmpty)
    }

    @Test func aPortMayBeRenamedInServiceAndSliceOneAfterTheOther() {
        var table = RoutingTable.fixture()
        let service = Self.web.with { $0.ports = [.init(name: "old")] }
        let slice = Self.slice.with { $0.ports = [.init(name: "old")] }
        table.apply(service.present, slice.present)
        table.apply(service.with { $0.ports[0].name = "new" }.present)
        #expect(table.frontends[Self.frontend4]?.unserved == .reject)
        #expect(table.frontends[Self.frontend4]?.service.portName == "new")
        table.apply(slice.with { $0.ports[0].name = "new" }.present)
        #expect(table.frontends[Self.frontend4]?.endpoints == backends("10.0.0.1", "10.0.0.2"))
    }

    @Test func aChangeOfThePortOfTheEndpointsIsAChangeOfTheRoute() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        let diff = table.apply(Self.slice.with { $0.ports[0].port = 9090 }.present)
        #expect(diff.frontends.count == 1)
        #expect(diff.frontends.first?.old?.endpoints == backends("10.0.0.1", "10.0.0.2"))
        #expect(diff.frontends.first?.new?.endpoints == backends("10.0.0.1", "10.0.0.2", port: 9090))
    }

    @Test func addressesOfLocalEndpointsAreCountedOverServices() {
        var table = RoutingTable.fixture()
        let slices = ["web", "api"].map { (name: String) in
            SliceFixture("\(name)-a", of: name, [.ready("10.0.1.1", on: here), .ready("10.0.2.1")])
        }
        let diff = table.apply(
            [Self.web.present, ServiceFixture("api", "172.30.0.2").present] + slices.map(\.present)
        )
        #expect(diff.localEndpointAddresses.added == [address("10.0.1.1")])
        #expect(table.apply(slices[0].absent).localEndpointAddresses.isEmpty)
        #expect(table.apply(slices[1].absent).localEndpointAddresses.removed == [address("10.0.1.1")])
    }

    @Test func anEndpointMayMoveToThisNode() {
        var table = RoutingTable.fixture()
        let service = Self.web.with { $0.isInternalPolicyLocal = true }
        table.apply(service.present, Self.slice.present)
        #expect(table.frontends[Self.frontend4]?.unserved == .drop)
        table.apply(Self.slice.with { $0.endpoints[0].node = here }.present)
        #expect(table.frontends[Self.frontend4]?.endpoints == backends("10.0.0.1"))
        table.apply(Self.slice.with { $0.endpoints[0].node = nil }.present)
        #expect(table.frontends[Self.frontend4]?.unserved == .drop)
    }
}
