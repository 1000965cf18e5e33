import Glibc
import Netlink
import Testing

/// `trama test`, run as a user runs it.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RoutingTestProgramTests {
    /// Runs it to its end, and expects that nothing is left of it.
    private func run(_ arguments: String..., expecting ending: ChildProcess.Ending) async throws -> String {
        let program = try start(arguments)
        #expect(try await program.end(within: .seconds(120)) == ending, "\(program.text)")
        #expect(leftovers(of: program).isEmpty)
        return program.text
    }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            [TramaProgram.path(), "test"] + arguments,
            variables: ["SWIFT_BACKTRACE=enable=no"],
            in: .current()
        )
    }

    /// Namespaces and folders of a run.
    private func leftovers(of program: ChildProcess, kept: Bool = false) -> [String] {
        let prefix = "trama-\(kept ? "kept" : "test")-\(program.processID)-"
        let names = ((try? NamedNamespace.names()) ?? []).filter { $0.hasPrefix(prefix) }
        return names + (1...9).map { "/run/trama-test/\(prefix)\($0)" }.filter { access($0, F_OK) == 0 }
    }

    static let examples = [
        "truth-table", "session-affinity", "external-local", "dual-stack", "topology-hints", "udp", "source-ranges",
        "no-endpoints",
    ]

    @Test func `every example is tested here`() throws {
        let folder = try #require(opendir(Fixture.repository("examples/tests")))
        defer { closedir(folder) }
        var names: Set<String> = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml") { names.insert(String(name.dropLast(5))) }
        }
        #expect(names == Set(Self.examples))
    }

    @Test(arguments: examples)
    func `an example is as it says`(name: String) async throws {
        let folder = try TemporaryFolder()
        let text = try await run(
            Fixture.repository("examples/tests/\(name).yaml"),
            "--junit",
            folder.path("report.xml"),
            expecting: .exited(0)
        )
        #expect(text.contains("✔") && !text.contains("✘"), "\(text)")
        let report = try folder.read("report.xml")
        #expect(report.contains(#"failures="0" errors="0""#), "\(report)")
    }

    /// A cluster in which everything that the flows expect is wrong.
    static let cluster = """
        nodes: [a, b]
        pods:
          - {name: client, node: a}
          - {name: local, node: a, labels: {app: web}}
          - {name: remote, node: b, labels: {app: web}}
        outside:
          - {name: stranger, addresses: [198.51.100.9]}
        manifests:
          - apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: LoadBalancer
              selector: {app: web}
              loadBalancerSourceRanges: [203.0.113.0/24]
              ports: [{name: http, port: 80, targetPort: 8080}]
          - {apiVersion: v1, kind: Service, metadata: {name: none}, spec: {selector: {app: none}, ports: [{port: 80}]}}

        """

    @Test(arguments: [
        (
            "{from: client, to: web:80, expect: local}",
            [
                "and is not to", "element of frontends { 10.96.0.10 . tcp . 80, default/web:http } → goto internal-2",
                "lb-2 rule 1: a slot of endpoints, translates", "now to 10.244.2.10:8080, pod remote on node b",
                "answered by 10.244.2.10:8080 to 10.244.1.10",
            ]
        ),
        (
            "{from: client, to: none:80, expect: dropped}",
            [
                "3 of 3 refused, not dropped", "element of no-endpoints { 10.96.0.11 . tcp . 80, default/none }",
                "reject-connection rule 1: refuses with a TCP reset", "conntrack has no entry",
            ]
        ),
        (
            "{from: a, to: web:81, expect: local}",
            ["31 of 31 refused", "element of cluster-ips { 10.96.0.10 }: no Service has this port of it"]
        ),
        (
            "{from: client, to: 10.96.9.9:80, protocol: udp, expect: refused}",
            ["3 of 3 dropped, not refused", "in service-cidrs: no Service has this ClusterIP → drop"]
        ),
        (
            "{from: stranger, to: web:80, via: loadBalancer, expect: [local, remote]}",
            ["dropped", "source ranges of { 192.0.2.1 . tcp . 80 }: the client is in none of them → drop"]
        ),
        (
            "{from: client, to: web:80, via: nodePort, expect: [local, remote], source: kept}",
            ["not 10.244.1.10 (pod client)", "marks for masquerade", "masquerade-postrouting rule 1: masquerades"]
        ),
        (
            "{from: client, to: web:80, expect: {local: 5, remote: 1}, connections: 400}",
            ["of 400, and chance gives 284 to 374", "goto lb-2"]
        ),
    ])
    func `a wrong expectation is told with the rule that decided`(row: String, parts: [String]) async throws {
        let folder = try TemporaryFolder()
        try folder.write("wrong.yaml", "\(Self.cluster)flows:\n  - \(row)\n")
        let line = Self.cluster.count { $0 == "\n" } + 2
        let text = try await run(
            folder.path("wrong.yaml"),
            "--timeout",
            "1",
            "--junit",
            folder.path("report.xml"),
            expecting: .exited(1)
        )
        for part in parts { #expect(text.contains(part), "\(part) in\n\(text)") }
        #expect(text.contains("wrong.yaml:\(line))"), "\(text)")
        #expect(try folder.read("report.xml").contains("<failure message="))
    }

    @Test func `manifests are files beside the test too`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "web.yaml",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop}
            spec: {clusterIP: 10.96.7.7, ports: [{port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{port: 9090}]
            endpoints: [{addresses: [10.50.0.7]}]
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: passed-over}
            """
        )
        try folder.write(
            "test.yaml",
            """
            nodes: [a]
            pods: [{name: web, node: a, addresses: [10.50.0.7]}, {name: host, node: a, hostNetwork: true}]
            manifests: [web.yaml]
            flows:
              - {from: [a, host, outside], to: ["web.shop:80", "10.96.7.7:80", "pod/web:9090"], expect: web}
              - {from: a, to: "node/a:9090", expect: refused}
            """
        )
        let text = try await run(folder.path("test.yaml"), expecting: .exited(0))
        #expect(text.contains("✔ 10 of 10 flows right"), "\(text)")
    }

    @Test(arguments: [("--masquerade-all", "masqueraded", "masqueraded"), ("--cluster-cidr=", "kept", "kept")])
    func `flags of the file reach the proxies`(flag: String, pod: String, outside: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "flags.yaml",
            """
            nodes: [a]
            proxy: ["\(flag)"]
            pods: [{name: web, node: a, labels: {app: web}}, {name: client, node: a}]
            manifests:
              - {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
            flows:
              - {from: client, to: "web:80", expect: web, source: \(pod)}
              - {from: outside, to: "web:80", expect: web, source: \(outside)}
            """
        )
        #expect(try await run(folder.path("flags.yaml"), expecting: .exited(0)).contains("2 of 2 flows right"))
    }

    @Test func `SCTP is tested or skipped, and TCP beside it tested`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "sctp.yaml",
            """
            nodes: [a]
            pods: [{name: web, node: a, labels: {app: web}}]
            manifests:
              - apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec:
                  selector: {app: web}
                  ports: [{name: one, port: 80}, {name: two, port: 80, protocol: SCTP}]
            flows: [{from: a, to: "web:80", expect: web}]
            """
        )
        let text = try await run(folder.path("sctp.yaml"), expecting: .exited(0))
        #expect(text.contains("2 of 2 flows right") || text.contains("1 of 1 flows right, 1 skipped"), "\(text)")
    }

    @Test func `a file that cannot be understood is told with its lines, and nothing is built`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("bad.yaml", "nodes: [a]\nflows:\n  - {from: a, to: web:80, expct: refused}\n")
        try folder.write("good.yaml", "nodes: [a]\nflows: []\n")
        let text = try await run(folder.path("good.yaml"), folder.path("bad.yaml"), expecting: .exited(64))
        #expect(
            text.contains("bad.yaml:3: flows[0].expct: there is no such field; did you mean expect?"),
            "\(text)"
        )
        let missing = try await run("/nowhere.yaml", expecting: .exited(64))
        #expect(missing.contains("/nowhere.yaml: cannot be read"))
        _ = try await run(expecting: .exited(64))
    }

    @Test func `flows are listed and filtered`() async throws {
        let file = Fixture.repository("examples/tests/udp.yaml")
        let list = try await run(file, "--list", "--filter", "outside", expecting: .exited(0))
        #expect(list.split(separator: "\n").count == 3, "\(list)")
        #expect(list.contains("outside → dns:dns nodePort udp"))
        #expect(try await run(file, "--filter", "nodePort", expecting: .exited(0)).contains("2 of 2 flows right"))
        #expect(try await run(file, "--filter", "nobody", expecting: .exited(64)).contains("--list prints them"))
    }

    @Test func `a proxy that does not start is told with its log`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "test.yaml",
            "nodes: [a]\nproxy: [--masquerade-bit=99]\nflows: [{from: a, to: '10.0.0.1:80', expect: dropped}]"
        )
        let text = try await run(folder.path("test.yaml"), expecting: .exited(1))
        #expect(text.contains("trama proxy on node a has ended"), "\(text)")
        #expect(text.contains("masquerade"), "\(text)")
    }

    /// A test that takes a minute, of which the hosts are there.
    private func startSlow(_ folder: TemporaryFolder) async throws -> ChildProcess {
        try folder.write(
            "slow.yaml",
            "\(Self.cluster)flows: [{from: stranger, to: 'web:80', via: loadBalancer, expect: [local]}]"
        )
        let program = try start([folder.path("slow.yaml"), "--timeout", "60"])
        try await eventually("the hosts of the test") { leftovers(of: program).count >= 6 }
        return program
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `an interrupted run leaves nothing behind`(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        let program = try await startSlow(folder)
        program.signal(signal)
        #expect(try await program.end() == .exited(128 + signal), "\(program.text)")
        #expect(leftovers(of: program).isEmpty)
    }

    @Test func `what a killed run left is removed by the next`() async throws {
        let folder = try TemporaryFolder()
        let program = try await startSlow(folder)
        program.signal(SIGKILL)
        #expect(try await program.end() == .killed(signal: SIGKILL))
        try folder.write("next.yaml", "nodes: [a]\nflows: [{from: a, to: 'node/a:1', expect: refused}]")
        _ = try await run(folder.path("next.yaml"), expecting: .exited(0))
        #expect(leftovers(of: program).isEmpty)
    }

    @Test func `hosts that are to be kept stay until they are cleaned`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("test.yaml", "nodes: [a]\nflows: [{from: a, to: 'node/a:1', expect: refused}]")
        let program = try start([folder.path("test.yaml"), "--keep"])
        #expect(try await program.end() == .exited(0), "\(program.text)")
        #expect(program.text.contains("ip netns exec trama-kept-\(program.processID)-1-a nft list ruleset"))
        #expect(leftovers(of: program, kept: true).count == 3)
        _ = try await run("--clean", expecting: .exited(0))
        #expect(leftovers(of: program, kept: true).isEmpty)
    }
}
