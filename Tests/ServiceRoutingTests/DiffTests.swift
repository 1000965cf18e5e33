import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

@Suite struct DiffTests {
    private static let web = ServiceFixture("web", "172.30.0.1")
    private static let slice = SliceFixture("web-a", of: "web", [.ready("10.0.0.1", on: here), .ready("10.0.0.2")])

    @Test func aChangeAndItsUndoInOneCallAreNoChange() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        let changes: [[ObjectChange]] = [
            [Self.slice.absent, Self.slice.present],
            [Self.slice.with { $0.endpoints = [] }.present, Self.slice.present],
            [Self.slice.with { $0.service = "api" }.present, Self.slice.present],
            [Self.web.absent, Self.web.present],
            [Self.web.with { $0.clusterIPs = ["172.30.0.9"] }.present, Self.web.present],
            [Self.web.with { $0.type = .externalName }.present, Self.web.present],
            [ServiceFixture("api", "172.30.0.2").present, ServiceFixture("api", "172.30.0.2").absent],
            [serviceCIDR("a", "172.30.0.0/16"), .serviceCIDR("a", nil)],
            [node(zone: "zone-a"), node(zone: nil)],
        ]
        for undone in changes {
            let diff = table.apply(undone)
            #expect(diff.isEmpty)
            #expect(diff.lastChangeTriggerTimes.isEmpty)
        }
    }

    @Test func theSameObjectAgainTouchesNothing() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        let diff = table.apply(
            Self.web.with { $0.labels = ["app": "web"] }.present,
            Self.slice.with { $0.triggerTime = 5 }.present,
            Self.slice.with { $0.endpoints.reverse() }.present,
            .service(ObjectKey(namespace: "ns", name: "unknown"), nil),
            .endpointSlice(ObjectKey(namespace: "ns", name: "unknown"), nil)
        )
        #expect(diff.isEmpty)
        #expect(diff.touchedServiceCount == 0)
        #expect(diff.serviceChangeCount == 0)
        #expect(diff.endpointSliceChangeCount == 0)
    }

    @Test func changesInOneCallComeOutAsOneDifference() {
        var table = RoutingTable.fixture()
        let diff = table.apply(
            Self.slice.present,
            Self.web.present,
            Self.slice.with { $0.endpoints = [.ready("10.0.0.3")] }.present,
            Self.web.with { $0.hasAffinity = true }.present
        )
        #expect(diff.frontends.count == 1)
        #expect(diff.frontends.first?.old == nil)
        #expect(diff.frontends.first?.new?.endpoints == backends("10.0.0.3"))
        #expect(diff.serviceChangeCount == 2)
        #expect(diff.endpointSliceChangeCount == 2)
        #expect(diff.touchedServiceCount == 1)
        #expect(diff.localEndpointAddresses.isEmpty)
    }

    @Test func aDeletedServiceTakesItsFrontendsAway() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        let diff = table.apply(Self.web.absent)
        #expect(diff.frontends.map(\.frontend) == [frontend("172.30.0.1")])
        #expect(diff.frontends.first?.new == nil)
        #expect(diff.clusterIPs.removed == [address("172.30.0.1")])
        #expect(diff.localEndpointAddresses.removed == [address("10.0.0.1")])
    }

    @Test func aPortThatIsAddedOrRemovedIsTheOnlyChange() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present, Self.slice.present)
        let two = Self.web.with { $0.ports.append(.init(name: "https", port: 443)) }
        #expect(table.apply(two.present).frontends.map(\.frontend) == [frontend("172.30.0.1", 443)])
        #expect(table.apply(Self.web.present).frontends.map(\.frontend) == [frontend("172.30.0.1", 443)])
    }

    @Test(arguments: [100, 50_000])
    func oneChangeTouchesOneServiceHoweverManyThereAre(_ count: Int) {
        var table = RoutingTable.fixture()
        var changes: [ObjectChange] = []
        for number in 0..<count {
            let service = ServiceFixture(
                "svc\(number)",
                "172.\(30 + number / 65536).\(number / 256 % 256).\(number % 256)"
            ) {
                $0.type = .nodePort
                $0.ports = [.init(nodePort: 1 + number)]
            }
            changes += [
                service.present, SliceFixture("svc\(number)-a", of: service.name, [.ready("10.0.0.1")]).present,
            ]
        }
        #expect(table.apply(changes).touchedServiceCount == count)
        let endpoint = table.apply(SliceFixture("svc7-a", of: "svc7", [.ready("10.0.0.2")]).present)
        #expect(endpoint.touchedServiceCount == 1)
        #expect(endpoint.frontends.count == 2)
        let service = table.apply(ServiceFixture("svc8", "172.30.0.8").present)
        #expect(service.touchedServiceCount == 1)
        #expect(service.frontends.count == 1)
        #expect(table.apply(node(zone: "zone-a")).touchedServiceCount == 0)
    }

    @Test func triggerTimesAreThoseOfTheChangesThatShow() {
        var table = RoutingTable.fixture(startTime: timestamp(100))
        table.apply(Self.web.present)
        let at = { (time: Int, address: String) in
            Self.slice.with {
                $0.triggerTime = time
                $0.endpoints = [.ready(address)]
            }
        }
        #expect(table.apply(at(200, "10.0.0.1").present).lastChangeTriggerTimes == [timestamp(200)])
        #expect(table.apply(at(300, "10.0.0.1").present).lastChangeTriggerTimes == [], "nothing changed")
        #expect(table.apply(at(100, "10.0.0.2").present).lastChangeTriggerTimes == [], "before this process")
        #expect(table.apply(at(400, "10.0.0.3").absent).lastChangeTriggerTimes == [], "a delete tells an old time")
        #expect(
            table.apply(at(600, "10.0.0.4").present, at(500, "10.0.0.5").present).lastChangeTriggerTimes
                == [timestamp(500), timestamp(600)]
        )
        #expect(
            table.apply(at(700, "10.0.0.6").present, at(800, "10.0.0.5").present).lastChangeTriggerTimes == [],
            "undone"
        )
        let stray = SliceFixture("api-a", of: "api", [.ready("10.0.0.1")]) { $0.triggerTime = 900 }
        #expect(table.apply(stray.present).lastChangeTriggerTimes == [], "no Service shows it")
        var unstarted = RoutingTable.fixture()
        #expect(unstarted.apply(Self.web.present, at(1, "10.0.0.1").present).lastChangeTriggerTimes == [timestamp(1)])
    }

    @Test func aTriggerTimeThatIsNoTimeIsIgnored() {
        var table = RoutingTable.fixture()
        table.apply(Self.web.present)
        var object = Self.slice.object
        object.metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"] = "yesterday"
        let diff = table.apply(.endpointSlice(Self.slice.key, object))
        #expect(diff.frontends.count == 1)
        #expect(diff.lastChangeTriggerTimes.isEmpty)
    }
}
