import Addressing
import KubernetesAPI
import Testing

@testable import ServiceRouting

/// Where a client of a frontend is.
private enum Source: CaseIterable {
    case pod, node, external
}

/// What becomes of a new flow.
private enum Fate: Equatable {
    case delivered([Backend], isMasqueraded: Bool)
    case refused(Route.Refusal)
}

extension Route {
    /// What a data plane that follows the documentation of ``Route/Kind`` makes of a new flow.
    fileprivate func fate(from source: Source, detectsPods: Bool, masqueradesAll: Bool) -> Fate {
        let isKnownPod = source == .pod && detectsPods
        let (list, isMasqueraded): ([Backend], Bool) =
            switch (kind, source) {
            case (.internal, _): (endpoints, masqueradesAll || detectsPods && source != .pod)
            case (.external, _): (endpoints, true)
            case (.externalLocal, .node): (endpoints, true)
            case (.externalLocal, _): (isKnownPod ? endpoints : localEndpoints, false)
            }
        if list.isEmpty, let unserved { return .refused(unserved) }
        return .delivered(list, isMasqueraded: isMasqueraded)
    }
}

/// Which endpoints a flow is sent to: the local one, the remote one, or either.
private enum Reach {
    case local, either
}

/// How the proxy is set up.
private struct Setup: CustomTestStringConvertible {
    var detectsPods: Bool
    var masqueradesAll: Bool
    var testDescription: String { "pod detection \(detectsPods), masquerade all \(masqueradesAll)" }

    static let all = [
        Setup(detectsPods: true, masqueradesAll: false), Setup(detectsPods: false, masqueradesAll: false),
        Setup(detectsPods: true, masqueradesAll: true), Setup(detectsPods: false, masqueradesAll: true),
    ]
}

/// The addresses of one family in the tests.
private struct Addresses: CustomTestStringConvertible {
    var family: IPFamily
    var `protocol`: TransportProtocol
    var testDescription: String { "\(family) \(`protocol`)" }

    var node: String { family == .ipv4 ? "192.168.0.2" : "2001:db8::2" }
    var local: String { family == .ipv4 ? "10.0.1.1" : "fd00:10:0:1::1" }
    var remote: String { family == .ipv4 ? "10.0.2.1" : "fd00:10:0:2::1" }
    func clusterIP(_ service: Int) -> String { family == .ipv4 ? "172.30.1.\(service)" : "fd00:10:96::\(service)" }
    func balancer(_ service: Int) -> String { family == .ipv4 ? "5.6.7.\(service)" : "2001:db8:5::\(service)" }

    static let all = IPFamily.allCases.flatMap { family in
        TransportProtocol.allCases.map { Addresses(family: family, protocol: $0) }
    }
}

@Suite struct TrafficPolicyTests {
    private typealias Row = [(reach: Reach, isMasqueraded: Bool)]

    /// For each source, the flows to the three Services' ClusterIPs, NodePorts and load balancers: those of service 1
    /// (Cluster for all traffic), service 2 (Local for external traffic), service 3 (Local for internal traffic).
    private static func expected(_ setup: Setup) -> [Source: Row] {
        let internalMasquerade = setup.masqueradesAll || setup.detectsPods
        let podMasquerade = setup.masqueradesAll
        return [
            .pod: [
                (.either, podMasquerade), (.either, true), (.either, true),
                (.either, podMasquerade), (setup.detectsPods ? .either : .local, false),
                (setup.detectsPods ? .either : .local, false),
                (.local, podMasquerade), (.either, true), (.either, true),
            ],
            .node: [
                (.either, internalMasquerade), (.either, true), (.either, true),
                (.either, internalMasquerade), (.either, true), (.either, true),
                (.local, internalMasquerade), (.either, true), (.either, true),
            ],
            .external: [
                (.either, internalMasquerade), (.either, true), (.either, true),
                (.either, internalMasquerade), (.local, false), (.local, false),
                (.local, internalMasquerade), (.either, true), (.either, true),
            ],
        ]
    }

    @Test(arguments: Setup.all, Addresses.all)
    private func everyFlowOfTheTruthTableGoesWhereUpstreamSendsIt(_ setup: Setup, _ addresses: Addresses) throws {
        var table = RoutingTable.fixture()
        for number in 1...3 {
            let service = ServiceFixture("svc\(number)", addresses.clusterIP(number)) {
                $0.type = .loadBalancer
                $0.ports = [.init(protocol: "\(addresses.protocol)", nodePort: 3000 + number)]
                $0.ingress = [(addresses.balancer(number), nil)]
                $0.isExternalPolicyLocal = number == 2
                $0.isInternalPolicyLocal = number == 3
            }
            let slice = SliceFixture(
                "svc\(number)-a",
                of: service.name,
                [.ready(addresses.local, on: here), .ready(addresses.remote)]
            ) {
                $0.addressType = addresses.family == .ipv4 ? .ipv4 : .ipv6
                $0.ports[0].protocol = "\(addresses.protocol)"
            }
            table.apply(service.present, slice.present)
        }
        #expect(table.frontends.count == 9)
        for source in Source.allCases {
            for (index, flow) in (Self.expected(setup)[source] ?? []).enumerated() {
                let service = index / 3 + 1
                let dialled = [
                    frontend(addresses.clusterIP(service), 80, addresses.protocol),
                    frontend(addresses.node, UInt16(3000 + service), addresses.protocol),
                    frontend(addresses.balancer(service), 80, addresses.protocol),
                ][index % 3]
                let route = try #require(table.frontends[dialled])
                let reached =
                    flow.reach == .local ? backends(addresses.local) : backends(addresses.local, addresses.remote)
                #expect(
                    route.fate(
                        from: source,
                        detectsPods: setup.detectsPods,
                        masqueradesAll: setup.masqueradesAll
                    ) == .delivered(reached, isMasqueraded: flow.isMasqueraded),
                    "\(source) to \(dialled)"
                )
            }
        }
    }

    /// A load balancer with a node port, and one slice of these endpoints.
    private func table(
        internalLocal: Bool = false,
        externalLocal: Bool = false,
        _ endpoints: EndpointFixture...
    ) -> RoutingTable {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("svc", "172.30.0.1") {
            $0.type = .loadBalancer
            $0.ports = [.init(nodePort: 30080)]
            $0.ingress = [("5.6.7.8", nil)]
            $0.externalIPs = ["203.0.113.9"]
            $0.isInternalPolicyLocal = internalLocal
            $0.isExternalPolicyLocal = externalLocal
        }
        table.apply(service.present, SliceFixture("svc-a", of: "svc", endpoints).present)
        return table
    }

    private let internalFrontend = frontend("172.30.0.1")
    private let externalFrontends = [
        frontend("192.168.0.2", 30080), frontend("5.6.7.8"), frontend("203.0.113.9"),
    ]

    @Test func aServiceWithoutEndpointsRejectsOnEveryPath() {
        for (internalLocal, externalLocal) in [(false, false), (true, false), (false, true), (true, true)] {
            let table = table(internalLocal: internalLocal, externalLocal: externalLocal)
            for frontend in [internalFrontend] + externalFrontends {
                #expect(table.frontends[frontend]?.unserved == .reject, "\(frontend)")
                #expect(table.frontends[frontend]?.endpoints == [])
            }
            #expect(table.noLocalEndpoints == NoLocalEndpointCounts())
        }
    }

    @Test func unreadyEndpointsCountAsNone() {
        let table = table(externalLocal: true, .unready("10.0.1.1", on: here), .unready("10.0.2.1"))
        #expect(table.frontends.values.allSatisfy { $0.unserved == .reject })
    }

    @Test func internalTrafficUnderLocalIsDroppedWhereAllEndpointsAreElsewhere() {
        let table = table(internalLocal: true, .ready("10.0.2.1"))
        #expect(table.frontends[internalFrontend]?.unserved == .drop)
        #expect(table.frontends[internalFrontend]?.endpoints == [])
        for frontend in externalFrontends {
            #expect(table.frontends[frontend]?.unserved == nil)
            #expect(table.frontends[frontend]?.endpoints == backends("10.0.2.1"))
            #expect(table.frontends[frontend]?.kind == .external)
        }
        #expect(table.noLocalEndpoints[.internal, .ipv4] == 1)
        #expect(table.noLocalEndpoints[.external, .ipv4] == 0)
        #expect(table.noLocalEndpoints[.internal, .ipv6] == 0)
    }

    @Test func externalTrafficUnderLocalIsDroppedWhereAllEndpointsAreElsewhere() {
        let table = table(externalLocal: true, .ready("10.0.2.1"))
        #expect(table.frontends[internalFrontend]?.endpoints == backends("10.0.2.1"))
        #expect(table.frontends[internalFrontend]?.unserved == nil)
        for frontend in externalFrontends {
            let route = table.frontends[frontend]
            #expect(route?.unserved == .drop)
            #expect(route?.kind == .externalLocal)
            #expect(route?.localEndpoints == [])
            #expect(route?.endpoints == backends("10.0.2.1"), "pods and the node use the cluster's endpoints")
        }
        #expect(table.noLocalEndpoints[.external, .ipv4] == 1)
        #expect(table.noLocalEndpoints[.internal, .ipv4] == 0)
    }

    @Test func bothListsFallBackToTerminatingEndpointsOnTheirOwn() {
        let table = table(externalLocal: true, .ready("10.0.2.1"), .terminating("10.0.1.1", on: here))
        #expect(table.frontends[internalFrontend]?.endpoints == backends("10.0.2.1"))
        for frontend in externalFrontends {
            #expect(table.frontends[frontend]?.localEndpoints == backends("10.0.1.1"))
            #expect(table.frontends[frontend]?.endpoints == backends("10.0.2.1"))
            #expect(table.frontends[frontend]?.unserved == nil)
        }
        #expect(table.noLocalEndpoints == NoLocalEndpointCounts())
    }

    @Test func remoteTerminatingEndpointsMakeExternalTrafficUnderLocalDrop() {
        let table = table(externalLocal: true, .terminating("10.0.2.1"))
        #expect(table.frontends[internalFrontend]?.endpoints == backends("10.0.2.1"))
        #expect(externalFrontends.allSatisfy { table.frontends[$0]?.unserved == .drop })
    }

    @Test func terminatingEndpointsThatNoLongerServeMakeTrafficRejected() {
        let table = table(externalLocal: true, .terminating("10.0.1.1", on: here, serving: false))
        #expect(table.frontends.values.allSatisfy { $0.unserved == .reject && $0.localEndpoints == [] })
    }

    @Test func theExternalPolicyDoesNotMatterToAServiceThatIsNotReachedFromOutside() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("svc", "172.30.0.1") { $0.isExternalPolicyLocal = true }
        table.apply(service.present, SliceFixture("svc-a", of: "svc", [.ready("10.0.2.1")]).present)
        #expect(table.frontends[internalFrontend]?.endpoints == backends("10.0.2.1"))
        #expect(table.frontends[internalFrontend]?.kind == .internal)
        #expect(table.noLocalEndpoints == NoLocalEndpointCounts())
    }

    @Test func onlyUDPRoutesListWhoMayStillAnswer() {
        var table = RoutingTable.fixture()
        let service = ServiceFixture("dns", "172.30.0.10") {
            $0.isInternalPolicyLocal = true
            $0.ports = [.init(name: "udp", protocol: "UDP", port: 53), .init(name: "tcp", protocol: "TCP", port: 53)]
        }
        let slice = SliceFixture(
            "dns-a",
            of: "dns",
            [.ready("10.0.2.1"), .terminating("10.0.2.2"), .unready("10.0.2.3"), .ready("10.0.1.1", on: here)]
        ) {
            $0.ports = [.init(name: "udp", protocol: "UDP", port: 53), .init(name: "tcp", protocol: "TCP", port: 53)]
        }
        table.apply(service.present, slice.present)
        let udp = table.frontends[frontend("172.30.0.10", 53, .udp)]
        #expect(udp?.endpoints == backends("10.0.1.1", port: 53))
        #expect(udp?.serving == backends("10.0.1.1", "10.0.2.1", "10.0.2.2", port: 53))
        #expect(table.frontends[frontend("172.30.0.10", 53, .tcp)]?.serving == [])
    }
}
