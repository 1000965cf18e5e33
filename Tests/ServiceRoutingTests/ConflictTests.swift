import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

@Suite struct ConflictTests {
    private static let shared = frontend("203.0.113.9")
    private static let old = ServiceFixture("zebra", "172.30.0.1") {
        $0.externalIPs = ["203.0.113.9"]
        $0.created = 100
    }
    private static let young = ServiceFixture("ant", "172.30.0.2") {
        $0.externalIPs = ["203.0.113.9"]
        $0.created = 200
    }
    private static let slices = [
        SliceFixture("zebra-a", of: "zebra", [.ready("10.0.0.1")]),
        SliceFixture("ant-a", of: "ant", [.ready("10.0.0.2")]),
    ]
    private static let conflict = FrontendConflict(
        frontend: shared,
        winner: old.portName(),
        loser: young.portName()
    )

    @Test(arguments: permutations([old.present, young.present, slices[0].present, slices[1].present]))
    func theOlderServiceServesTheFrontendInAnyOrderOfArrival(_ changes: [ObjectChange]) {
        var one = RoutingTable.fixture()
        let diff = one.apply(changes)
        var many = RoutingTable.fixture()
        for change in changes { many.apply(change) }
        #expect(ReplayedState(one) == ReplayedState(many))
        #expect(one.frontends[Self.shared]?.service == Self.old.portName())
        #expect(one.frontends[Self.shared]?.endpoints == backends("10.0.0.1"))
        #expect(one.conflicts == [Self.conflict])
        #expect(diff.conflicts == SetDifference(added: [Self.conflict]))
    }

    @Test func theYoungerServiceTakesOverWhenTheOlderLeaves() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.present] + Self.slices.map(\.present))
        let diff = table.apply(Self.old.absent)
        #expect(table.frontends[Self.shared]?.service == Self.young.portName())
        #expect(table.frontends[Self.shared]?.endpoints == backends("10.0.0.2"))
        #expect(diff.frontends.map(\.frontend).sorted() == [frontend("172.30.0.1"), Self.shared])
        #expect(diff.conflicts == SetDifference(removed: [Self.conflict]))
        #expect(diff.touchedServiceCount == 2)
        #expect(table.conflicts.isEmpty)
    }

    @Test func theYoungerServiceTakesOverWhenTheOlderLetsGo() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.present] + Self.slices.map(\.present))
        let diff = table.apply(Self.old.with { $0.externalIPs = [] }.present)
        #expect(table.frontends[Self.shared]?.service == Self.young.portName())
        #expect(diff.frontends.map(\.frontend) == [Self.shared])
    }

    @Test func theOlderServiceTakesItsFrontendBack() {
        var table = RoutingTable.fixture()
        table.load([Self.young.present] + Self.slices.map(\.present))
        #expect(table.frontends[Self.shared]?.service == Self.young.portName())
        let diff = table.apply(Self.old.present)
        #expect(table.frontends[Self.shared]?.service == Self.old.portName())
        #expect(diff.conflicts.added == [Self.conflict])
    }

    @Test func theLosersChangesDoNotShow() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.present] + Self.slices.map(\.present))
        let diff = table.apply(Self.slices[1].with { $0.endpoints = [.ready("10.0.0.3")] }.present)
        #expect(diff.frontends.map(\.frontend) == [frontend("172.30.0.2")])
        let renamed = table.apply(Self.young.with { $0.hasAffinity = true }.present)
        #expect(renamed.frontends.map(\.frontend) == [frontend("172.30.0.2")])
        #expect(renamed.conflicts.isEmpty)
        table.apply(Self.old.absent)
        #expect(table.frontends[Self.shared]?.endpoints == backends("10.0.0.3"))
        #expect(table.frontends[Self.shared]?.affinityTimeout == .seconds(10800))
    }

    @Test func aLoserThatRenamesItsPortKeepsItsClaim() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.present] + Self.slices.map(\.present))
        let renamed = Self.young.with { $0.ports[0].name = "http" }
        let diff = table.apply(renamed.present)
        #expect(diff.conflicts.removed == [Self.conflict])
        #expect(diff.conflicts.added.map(\.loser) == [renamed.portName("http")])
        table.apply(Self.old.absent)
        #expect(table.frontends[Self.shared]?.service == renamed.portName("http"))
    }

    @Test func repeatedUpdatesOfBothNeverMakeTheFrontendFlap() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.present] + Self.slices.map(\.present))
        for _ in 0..<10 {
            for change in [Self.young.present, Self.old.present, Self.slices[1].present, Self.slices[0].present] {
                #expect(table.apply(change).isEmpty)
            }
        }
    }

    @Test func ofServicesOfOneAgeTheFirstByNameWins() {
        var table = RoutingTable.fixture()
        table.apply(Self.old.with { $0.created = 100 }.present, Self.young.with { $0.created = 100 }.present)
        #expect(table.frontends[Self.shared]?.service.name == "ant")
    }

    @Test func ofServicesOfUnknownAgeTheFirstByNameWins() {
        var table = RoutingTable.fixture()
        table.apply(Self.old.with { $0.created = nil }.present, Self.young.with { $0.created = nil }.present)
        #expect(table.frontends[Self.shared]?.service.name == "ant")
    }

    @Test func aServiceOfKnownAgeWinsAgainstOneOfUnknownAge() {
        var table = RoutingTable.fixture()
        table.apply(Self.young.with { $0.created = nil }.present, Self.old.present)
        #expect(table.frontends[Self.shared]?.service.name == "zebra")
    }

    @Test func aServiceMadeAnewIsTheYoungest() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.present] + Self.slices.map(\.present))
        table.apply(Self.old.absent, Self.old.with { $0.created = 300 }.present)
        #expect(table.frontends[Self.shared]?.service == Self.young.portName())
        #expect(table.conflicts.map(\.loser) == [Self.old.portName()])
    }

    @Test func twoServicesMayExchangeAFrontendInOneBatch() {
        var table = RoutingTable.fixture()
        table.load([Self.old.present, Self.young.with { $0.externalIPs = [] }.present] + Self.slices.map(\.present))
        let diff = table.apply(Self.young.present, Self.old.with { $0.externalIPs = [] }.present)
        #expect(table.frontends[Self.shared]?.service == Self.young.portName())
        #expect(diff.frontends.map(\.frontend) == [Self.shared])
        #expect(diff.frontends.first?.old?.service == Self.old.portName())
        #expect(diff.conflicts.isEmpty)
    }

    @Test func threeClaimantsAreServedOneAfterTheOther() {
        var table = RoutingTable.fixture()
        let third = ServiceFixture("bee", "172.30.0.3") {
            $0.externalIPs = ["203.0.113.9"]
            $0.created = 150
        }
        table.apply(Self.young.present, third.present, Self.old.present)
        #expect(table.conflicts.map(\.loser) == [Self.young.portName(), third.portName()])
        table.apply(Self.old.absent)
        #expect(table.frontends[Self.shared]?.service == third.portName())
        table.apply(third.absent)
        #expect(table.frontends[Self.shared]?.service == Self.young.portName())
        table.apply(Self.young.absent)
        #expect(table.frontends.isEmpty)
        #expect(table.conflicts.isEmpty)
    }

    @Test func twoServicesMayNotShareANodePort() {
        var table = RoutingTable.fixture()
        let claim = { (fixture: ServiceFixture) in
            fixture.with {
                $0.type = .nodePort
                $0.externalIPs = []
                $0.ports = [.init(nodePort: 30080)]
            }
        }
        table.apply(claim(Self.young).present, claim(Self.old).present)
        #expect(table.frontends[frontend("192.168.0.2", 30080)]?.service == Self.old.portName())
        table.apply(Self.old.absent)
        #expect(table.frontends[frontend("192.168.0.2", 30080)]?.service == Self.young.portName())
    }

    @Test func anExternalIPOnTheNodeMayCollideWithANodePort() {
        var table = RoutingTable.fixture()
        let nodePort = ServiceFixture("np", "172.30.0.5") {
            $0.type = .nodePort
            $0.ports = [.init(nodePort: 8443)]
            $0.created = 1
        }
        let external = ServiceFixture("ext", "172.30.0.6") {
            $0.externalIPs = ["192.168.0.2"]
            $0.ports = [.init(port: 8443)]
            $0.created = 2
        }
        table.apply(external.present, nodePort.present)
        #expect(table.frontends[frontend("192.168.0.2", 8443)]?.service == nodePort.portName())
        // The node loses the address: nothing is left to collide.
        var node = table.node
        node.nodePortAddresses = []
        let diff = table.update(node: node)
        #expect(table.frontends[frontend("192.168.0.2", 8443)]?.service == external.portName())
        #expect(diff.conflicts.removed.count == 1)
    }

    @Test func theSamePortNumberOfOtherProtocolsIsNoConflict() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("dns", "172.30.0.10") {
            $0.ports = [
                .init(name: "a", protocol: "TCP", port: 53), .init(name: "b", protocol: "UDP", port: 53),
                .init(name: "c", protocol: "SCTP", port: 53),
            ]
        }
        table.apply(service.present)
        #expect(table.frontends.count == 3)
        #expect(table.conflicts.isEmpty)
    }

    @Test func ofTwoPortsOfOneServiceTheFirstServesTheFrontend() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("twice", "172.30.0.10") {
            $0.ports = [.init(name: "b", port: 80), .init(name: "a", port: 80)]
        }
        table.apply(service.present)
        #expect(table.frontends[frontend("172.30.0.10")]?.service == service.portName("b"))
        #expect(table.conflicts.map(\.loser) == [service.portName("a")])
        table.apply(service.with { $0.ports.removeFirst() }.present)
        #expect(table.frontends[frontend("172.30.0.10")]?.service == service.portName("a"))
        #expect(table.conflicts.isEmpty)
    }

    @Test func oneAddressInTwoRolesOfOneServiceIsOneFrontend() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("both", "172.30.0.10") {
            $0.type = .loadBalancer
            $0.externalIPs = ["5.6.7.8", "5.6.7.8", "172.30.0.10", "192.168.0.2"]
            $0.ingress = [("5.6.7.8", "VIP"), ("5.6.7.8", nil)]
            $0.sourceRanges = ["203.0.113.0/25"]
            $0.ports = [.init(port: 80, nodePort: 80)]
        }
        let diff = table.apply(service.present)
        #expect(diff.frontends.count == 3)
        #expect(table.conflicts.isEmpty)
        #expect(table.frontends[frontend("5.6.7.8")]?.sourceRanges == [prefix("203.0.113.0/25")])
        #expect(table.frontends[frontend("172.30.0.10")]?.kind == .internal)
        #expect(table.frontends[frontend("192.168.0.2")]?.kind == .external)
    }
}

/// All orders of the elements.
private func permutations<Element>(_ elements: [Element]) -> [[Element]] {
    guard let first = elements.first else { return [[]] }
    return permutations(Array(elements.dropFirst())).flatMap { rest in
        (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
    }
}
