import Addressing
import SeededTesting
import Testing

@testable import RoutingTest

@Suite struct TestFileTests {
    @Test func `every field is read`() throws {
        let file = try TestFile.of(
            """
            families: [ipv4, ipv6]
            proxy: [--masquerade-all]
            nodes:
              - a
              - {name: b, zone: east, labels: {disk: fast}}
            pods:
              - {name: web-1, node: a, labels: {app: web}, ports: {http: 8080, dns: 53/udp}, ready: false}
              - {name: web-2, node: b, namespace: shop, terminating: true, hostNetwork: true}
              - {name: client, node: b, addresses: [10.9.9.9], ports: [9000]}
            outside:
              - {name: office, addresses: [203.0.113.9, "2001:db8::9"]}
            manifests:
              - web.yaml
              - {apiVersion: v1, kind: Service, metadata: {name: web}}
            flows:
              - {from: [client, a, office], to: "web:80", via: nodePort, at: b, expect: {web-1: 3, web-2: 1}, source: kept}
              - {from: client, to: ["web.shop:http", "[fd00::1]:80"], protocol: [tcp, udp], family: ipv6, expect: refused}
              - {name: stays, from: a, to: pod/web-1:8080, expect: web-1, sticky: true, connections: 5}
            """
        )
        #expect(file.families == [.ipv4, .ipv6])
        #expect(file.proxyFlags == ["--masquerade-all"])
        #expect(file.nodes.map(\.name) == ["a", "b"] && file.nodes[1].zone == "east")
        #expect(file.pods.map(\.isReady) == [false, true, true])
        #expect(file.pods[0].ports.contains(PodPort(name: "dns", number: 53, transport: .udp)))
        #expect(file.pods[1].isTerminating && file.pods[1].isOnHostNetwork && file.pods[1].namespace == "shop")
        #expect(file.pods[2].addresses.map { "\($0)" } == ["10.9.9.9"])
        #expect(file.outside.map(\.name) == ["office"])
        #expect(file.manifests.map(\.line) == [13, 14])
        #expect(file.flows.map(\.line) == [16, 17, 18])
        #expect(file.flows[0].from == ["client", "a", "office"] && file.flows[0].via == [.nodePort])
        #expect(
            file.flows[0].expect
                == .endpoints([WeightedEndpoint(pod: "web-1", weight: 3), WeightedEndpoint(pod: "web-2", weight: 1)])
        )
        #expect(file.flows[1].to[0] == .service(namespace: "shop", name: "web", port: "http"))
        #expect(file.flows[1].transports == [.tcp, .udp] && file.flows[1].expect == .refused)
        #expect(file.flows[2].isSticky && file.flows[2].connections == 5 && file.flows[2].name == "stays")
    }

    @Test(arguments: [
        ("nodes: [a]\nflowz: []", "t.yaml:2: flowz: there is no such field; did you mean flows?"),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x:1, expct: refused}",
            "t.yaml:3: flows[0].expct: there is no such field; did you mean expect?"
        ),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x:1, via: nodeport, expect: refused}",
            "is none of clusterIP, nodePort, loadBalancer, externalIP; did you mean nodePort?"
        ),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x, expect: refused}",
            "t.yaml:3: flows[0].to: \"x\" is nothing to dial; write NAME:PORT of a Service"
        ),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x:1}",
            "t.yaml:3: flows[0].expect: is missing; write the pods that answer"
        ),
        ("nodes: [a, a]\nflows: []", "a is the name of another one, on line 1"),
        ("nodes: [a]\npods: [{name: p, node: bb}]\nflows: []", "pod p is on node bb, which is none of nodes"),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x:1, expect: [p, q], connections: 5}",
            "too few to tell whether 2 endpoints share them; at least 31"
        ),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x:1, expect: dropped, source: kept}",
            "nobody answers here who could see it"
        ),
        (
            "nodes: [a]\nfamilies: [ipv5]\nflows: []",
            "t.yaml:2: families[0]: \"ipv5\" is none of ipv4, ipv6; did you mean ipv4?"
        ),
        ("nodes: [a]\n---\nnodes: [b]", "a test file is one document"),
        ("", "nothing stands in it"),
        ("nodes: [a", "not YAML"),
        (
            "nodes: [a]\npods: [{name: p, node: a, addresses: [10.1.1.1]}, {name: q, node: a, addresses: 10.1.1.1}]\nflows: []",
            "q has the address 10.1.1.1 of p"
        ),
        ("[1, 2]", "must be an object with the fields families, proxy"),
        (
            "nodes: [a]\nflows:\n  - {from: a, to: x:1, source: keept, expect: p}",
            "is neither kept, masqueraded nor an address; did you mean kept?"
        ),
    ])
    func `an error says where, what and what helps`(text: String, part: String) throws {
        let errors = #expect(throws: TestFileErrors.self) { try TestFile.of(text) }
        #expect(errors.map { "\($0)".contains(part) } == true, "\(errors.map { "\($0)" } ?? "")")
    }

    @Test func `all errors are told, up to a bound`() {
        let rows = (0..<50).map { "  - {from: a, to: x:1, expect: refused, wrong\($0): 1}" }.joined(separator: "\n")
        let errors = #expect(throws: TestFileErrors.self) { try TestFile.of("nodes: [a]\nflows:\n\(rows)") }
        #expect(errors?.errors.count == Problems.limit)
        #expect(errors?.errors.map(\.line) == (3..<23).map { $0 })
    }

    @Test func `lists that multiply are bounded`() throws {
        let many = (0..<400).map { "\"web:\($0 + 1)\"" }.joined(separator: ", ")
        let nodes = (0..<50).map { "n\($0)" }.joined(separator: ", ")
        let file = try TestFile.of(
            """
            nodes: [\(nodes)]
            manifests:
              - {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}
            flows:
              - {from: [\(nodes)], to: [\(many)], expect: refused}
            """
        )
        let plan = NetworkPlan(file)
        let objects = try ClusterObjects(ManifestSources.read(file, content: { _ in nil }), plan)
        let errors = #expect(throws: TestFileErrors.self) { try FlowCases.resolve(file, plan, objects.services) }
        #expect(errors.map { "\($0)".contains("more than 5000 flows come of the file") } == true)
    }

    @Test func `damaged files are errors or other files, never traps`() throws {
        let text = Array(FlowCaseTests.cluster.utf8) + Array("  - {from: client, to: web:80, expect: [web-1]}\n".utf8)
        var generator = SeededGenerator()
        for _ in 0..<400 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let position = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[position] = UInt8.random(in: 9...126, using: &generator)
                case 1: damaged.remove(at: position)
                default: damaged.insert(contentsOf: damaged[position...].prefix(20), at: position)
                }
            }
            do throws(TestFileErrors) {
                let file = try TestFile(path: "t.yaml", text: damaged)
                let plan = NetworkPlan(file)
                let objects = try ClusterObjects(ManifestSources.read(file, content: { _ in nil }), plan)
                for flow in try FlowCases.resolve(file, plan, objects.services) {
                    _ = Judgement(flow, FlowObservation([.refused, .dropped]), plan)
                }
            } catch {
                #expect(!error.errors.isEmpty, "\(generator)")
            }
        }
    }

    @Test(arguments: [
        ("web:80", FlowTarget.service(namespace: "default", name: "web", port: "80")),
        ("web.shop:http", .service(namespace: "shop", name: "web", port: "http")),
        ("pod/web-1:8080", .pod(name: "web-1", port: 8080)),
        ("node/a:30080", .node(name: "a", port: 30080)),
        ("10.96.0.1:443", .address(.v4(0x0a60_0001), port: 443)),
        ("[fd00::1]:443", .address(.v6(high: 0xfd00_0000_0000_0000, low: 1), port: 443)),
    ])
    func `targets are read and written the same`(text: String, target: FlowTarget) {
        #expect(FlowTarget(text) == target)
        #expect("\(target)" == text)
    }

    @Test(arguments: [
        "", "web", ":80", "web:", "web:0", "web:70000", "fd00::1:80", "x/y:1", "pod/:80", "a.b.c:80", "[1]:2",
    ])
    func `what cannot be dialled is refused`(text: String) {
        #expect(FlowTarget(text) == nil)
    }
}

extension TestFile {
    /// The file `t.yaml` of that text.
    static func of(_ text: String) throws(TestFileErrors) -> TestFile {
        try TestFile(path: "t.yaml", text: Array(text.utf8))
    }
}
