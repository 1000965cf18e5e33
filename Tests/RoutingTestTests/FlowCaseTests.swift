import Addressing
import JSON
import KubernetesAPI
import Testing

@testable import RoutingTest

@Suite struct FlowCaseTests {
    static let cluster = """
        families: [ipv4, ipv6]
        nodes: [a, {name: b, zone: east}]
        pods:
          - {name: web-1, node: a, labels: {app: web}, ports: {http: 8080}}
          - {name: web-2, node: b, labels: {app: web}, ports: {http: 9090}, ready: false}
          - {name: client, node: b}
        manifests:
          - apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: LoadBalancer
              selector: {app: web}
              ipFamilyPolicy: PreferDualStack
              externalTrafficPolicy: Local
              trafficDistribution: PreferSameNode
              ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 53, targetPort: 5353, protocol: UDP}]
        flows:

        """

    private func resolve(_ flows: String...) throws -> (cases: [FlowCase], objects: ClusterObjects, plan: NetworkPlan) {
        let file = try TestFile.of(Self.cluster + flows.map { "  - \($0)\n" }.joined())
        let plan = NetworkPlan(file)
        let objects = try ClusterObjects(ManifestSources.read(file, content: { _ in nil }), plan)
        return (try FlowCases.resolve(file, plan, objects.services), objects, plan)
    }

    @Test func `a Service gets what an API server assigns`() throws {
        let (_, objects, _) = try resolve("{from: client, to: web:80, expect: web-1}")
        let service = try #require(objects.services.first)
        #expect(service.clusterIPs.map { "\($0)" } == ["10.96.0.10", "fd00:10:96::10"])
        #expect(service.loadBalancerIPs.map { "\($0)" } == ["192.0.2.1", "2001:db8:192::1"])
        #expect(service.ports.map(\.nodePort) == [30_000, 30_001])
    }

    @Test func `slices follow from the pods that are selected`() throws {
        let (_, objects, plan) = try resolve("{from: client, to: web:80, expect: web-1}")
        // Two pods whose named port differs, in two families.
        #expect(objects.slices.count == 4)
        let second = try #require(objects.slices.first { $0.endpoints.contains { $0.nodeName == "b" } })
        #expect(second.ports.map(\.port) == [9090, 5353])
        #expect(second.endpoints.map(\.ready) == [false] && second.endpoints[0].zone == "east")
        #expect(second.endpoints[0].hints == EndpointHints(forZones: ["east"], forNodes: ["b"]))
        let listeners = EchoListener.all(plan, objects).filter { $0.address.family == .ipv4 }
        #expect(
            listeners.map { "\(plan.pods[$0.pod].pod.name) \($0.port) \($0.transport)" }
                == [
                    "web-1 5353 UDP", "web-1 8080 TCP", "web-2 5353 UDP", "web-2 8080 TCP", "web-2 9090 TCP",
                ].filter { $0 != "web-2 8080 TCP" }
        )
    }

    @Test func `lists in a row stand for as many flows`() throws {
        let (cases, _, _) = try resolve(
            "{from: [client, a, outside], to: web:http, via: [clusterIP, nodePort], at: [a, b], expect: web-1}"
        )
        // At a node: NodePorts of all, and the ClusterIP from outside. Each in two families.
        #expect(cases.count == 2 * (2 * 3 + 2 + 1 + 1))
        #expect(cases.allSatisfy { $0.target.transport == .tcp && $0.connections == 31 })
        #expect(
            cases.first { $0.title.hasPrefix("outside") && $0.title.contains("nodePort") }?.title
                == "outside → web:http nodePort at a tcp IPv4"
        )
    }

    @Test func `a NodePort is the node's at which it is dialled, else the client's own`() throws {
        let (cases, _, _) = try resolve(
            "{from: client, to: web:80, via: nodePort, family: ipv4, expect: web-1}",
            "{from: client, to: web:80, via: nodePort, at: a, family: ipv4, expect: web-1}",
            "{from: outside, to: web:80, via: loadBalancer, at: b, family: ipv6, expect: dropped}"
        )
        #expect(cases.map { "\($0.target.address)" } == ["172.18.2.2", "172.18.1.2", "2001:db8:192::1"])
        #expect(cases.map(\.entry) == [1, 0, 1])
        #expect(cases[2].connections == FlowCase.unansweredConnections)
    }

    @Test func `which source counts follows from where the endpoint is`() throws {
        let (cases, _, plan) = try resolve(
            "{from: outside, to: web:80, via: nodePort, at: a, family: ipv4, expect: web-1, source: masqueraded}",
            "{from: client, to: web:80, family: ipv4, expect: web-1, source: kept}"
        )
        #expect(cases[0].sources(at: 0, plan).map { $0.map { "\($0)" } } == ["10.244.1.1"])
        #expect(cases[0].sources(at: 1, plan).map { $0.map { "\($0)" } } == ["172.18.1.2"])
        #expect(cases[1].sources(at: 0, plan) == plan.pods[2].addresses.filter { $0.family == .ipv4 })
    }

    @Test(arguments: [
        (
            "{from: clent, to: web:80, expect: web-1}",
            "clent is no pod, no node and nobody outside; did you mean client?"
        ),
        ("{from: client, to: wbe:80, expect: web-1}", "no manifest has Service default/wbe; did you mean web:80?"),
        ("{from: client, to: web:80, expect: web1}", "web1 is none of pods; did you mean web-1?"),
        ("{from: client, to: web:80, at: a, expect: web-1}", "only NodePorts and clients outside come in at a node"),
        ("{from: outside, to: web:80, at: c, expect: web-1}", "c is none of nodes"),
        ("{from: client, to: pod/web-1:1, via: nodePort, expect: refused}", "is no Service and has one address only"),
        (
            "{from: client, to: web:80, via: externalIP, expect: web-1}",
            "by way of externalIP has nothing that client could dial"
        ),
    ])
    func `what a row names must be there`(row: String, part: String) {
        let errors = #expect(throws: TestFileErrors.self) { try resolve(row) }
        #expect(
            errors.map { "\($0)".contains(part) && "\($0)".contains("t.yaml:19: flows[0].") } == true,
            "\(errors.map { "\($0)" } ?? "")"
        )
    }

    @Test func `a host makes no more connections than it has source ports`() throws {
        let row = "{from: a, to: pod/web-1:8080, family: ipv4, connections: 13500, expect: web-1}"
        #expect(try resolve(row, row).cases.count == 2)
        let other = row.replacing("from: a", with: "from: client")
        #expect(try resolve(row, row, other).cases.count == 3)
        let errors = #expect(throws: TestFileErrors.self) {
            try resolve(row, row, row.replacing("13500", with: "1"), row)
        }
        #expect(errors?.errors.count == 1)
        #expect(
            errors.map { "\($0)".contains("t.yaml:21: flows: more than 27000 connections from a") } == true,
            "\(errors.map { "\($0)" } ?? "")"
        )
    }

    @Test func `where no answer is expected a third of the time for one is waited, and a second at least`() {
        #expect(FlowEngine.silence(timeout: .seconds(3)) == .seconds(1))
        #expect(FlowEngine.silence(timeout: .seconds(30)) == .seconds(10))
        #expect(FlowEngine.silence(timeout: .milliseconds(500)) == .milliseconds(500))
    }

    @Test func `manifests are checked as the proxy will check them`() throws {
        let file = try TestFile.of(
            """
            nodes: [a]
            manifests:
              - {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 0}]}}
            flows: []
            """
        )
        let errors = #expect(throws: TestFileErrors.self) {
            try ClusterObjects(ManifestSources.read(file, content: { _ in nil }), NetworkPlan(file))
        }
        #expect(
            errors.map { "\($0)".hasPrefix("t.yaml:3: Service default/web: spec.ports[0].port") } == true,
            "\(errors.map { "\($0)" } ?? "")"
        )
    }
}
