import Glibc
import Netlink
import Testing

/// `trama dns` as a program, asked by the C library's resolver.
@Suite(.serialized, .enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(5)))
struct ClusterNamesTests {
    private static func slice(_ addresses: String...) -> String {
        let endpoints = addresses.enumerated().map { "- {addresses: [\($1)], hostname: db-\($0)}\n" }
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: db-1, namespace: default, labels: {kubernetes.io/service-name: db}}
            addressType: IPv4
            ports: [{name: pg, port: 5432}]
            endpoints:
            \(endpoints.joined())
            """
    }

    @Test("names follow what kubectl makes, changes and deletes, and stay while the API server is away")
    func cluster() async throws {
        let first = try await ControlPlaneBed()
        // Away at the start: nothing is answered before all names are known.
        first.program.signal(SIGKILL)
        _ = try await first.program.end()
        let bed = first.bed
        let program = try bed.launch(exactly: [
            "dns", "--kubeconfig", first.kubeconfig("kube-proxy.conf"), "--listen", "10.0.1.1", "--forward", "none",
            "--http-address", "127.0.0.1:9153", "-v2",
        ])
        try await eventually("the status server") { () -> Bool in
            if let ending = program.ending {
                throw NetlinkError(operation: "start; \(ending):\n\(program.text)", errno: ECHILD)
            }
            return (try? await bed.get("/health", port: 9_153))?.status == 200
        }
        #expect(try await bed.get("/ready", port: 9_153).status == 503)
        let cluster = try await ControlPlaneBed(again: first)
        try await eventually("readiness", within: .seconds(60)) { () -> Bool in
            try await bed.get("/ready", port: 9_153).status == 200
        }

        let client = try ResolverClient(on: bed.client, asking: "10.0.1.1")
        try await client.expect(["10.96.0.1"], of: "kubernetes")
        #expect(try await client.addresses("web").isEmpty)
        try await cluster.kubectl("create", "service", "clusterip", "web", "--tcp=80:8080", "--clusterip=10.96.7.7")
        try await client.expect(["10.96.7.7"], of: "web")
        #expect(try await client.addresses("web.default.svc.cluster.local") == ["10.96.7.7"])
        #expect(try await client.name(of: "10.96.7.7") == "web.default.svc.cluster.local")

        try await cluster.kubectl(
            "create",
            "service",
            "externalname",
            "www",
            "--external-name=web.default.svc.cluster.local"
        )
        try await client.expect(["10.96.7.7"], of: "www")

        try await cluster.kubectl("create", "service", "clusterip", "db", "--tcp=5432", "--clusterip=None")
        try await cluster.kubectl("apply", "-f", "-", input: Self.slice("10.0.2.2", "10.0.3.2"))
        try await client.expect(["10.0.2.2", "10.0.3.2"], of: "db")
        #expect(try await client.addresses("db-1.db") == ["10.0.3.2"])
        #expect(try await client.name(of: "10.0.3.2") == "db-1.db.default.svc.cluster.local")
        try await cluster.kubectl("apply", "-f", "-", input: Self.slice("10.0.2.2", "10.0.3.3"))
        try await client.expect(["10.0.3.3"], of: "db-1.db")
        #expect(try await client.name(of: "10.0.3.2") == nil)

        cluster.program.signal(SIGKILL)
        _ = try await cluster.program.end()
        #expect(try await client.addresses("web") == ["10.96.7.7"])
        let third = try await ControlPlaneBed(again: cluster)
        try await third.kubectl("delete", "service", "web")
        try await client.expect([], of: "web")
        #expect(try await client.name(of: "10.96.7.7") == nil)
        #expect(try await client.addresses("db").count == 2)
        #expect(try await program.terminate() == .exited(0))
    }

    @Test(
        "every address of the machine answers from itself, also one that comes later, and others are asked for the rest"
    )
    func everyAddress() async throws {
        let bed = try await ProxyTestBed()
        let other = try TemporaryFolder()
        try other.write("names.yaml", Manifest(name: "far", clusterIP: "10.97.0.1", endpoints: []).serviceYAML)
        try bed.folder.write(
            "names.yaml",
            Manifest(name: "web", clusterIP: "10.96.0.1", endpoints: []).serviceYAML
        )
        let upstream = try TramaProgram.start(
            [
                "dns", "--manifests", other.path, "--domain", "example.test", "--listen", "10.0.2.2", "--forward",
                "none",
                "--http-address", "",
            ],
            on: bed.lab["one"]
        )
        let program = try bed.launch(exactly: [
            "dns", "--manifests", bed.folder.path, "--listen", "0.0.0.0", "--listen", "::", "--forward", "10.0.2.2",
            "--http-address", "127.0.0.1:9153", "-v2",
        ])
        try await eventually("readiness", within: .seconds(30)) { () -> Bool in
            (try? await bed.get("/ready", port: 9_153))?.status == 200
        }
        for server in ["10.0.1.1", "10.0.3.1", "fd00:2::1"] {
            let client = try ResolverClient(on: bed.client, asking: server)
            #expect(try await client.addresses("web") == ["10.96.0.1"], "\(server)")
            let stream = try ResolverClient(on: bed.client, asking: server, options: "use-vc")
            #expect(try await stream.addresses("web") == ["10.96.0.1"], "\(server) over TCP")
        }
        let client = try ResolverClient(on: bed.client, asking: "10.0.1.1")
        try await client.expect(["10.97.0.1"], of: "far.default.svc.example.test")
        #expect(try await client.addresses("no.default.svc.example.test").isEmpty)

        try await bed.node.addAddress("10.0.1.53/32", to: "client")
        let late = try ResolverClient(on: bed.client, asking: "10.0.1.53")
        try await late.expect(["10.96.0.1"], of: "web")

        // The other one is gone: its names are not known, ours are.
        #expect(try await upstream.terminate() == .exited(0))
        #expect(try await client.addresses("new.default.svc.example.test").isEmpty)
        #expect(try await client.addresses("web") == ["10.96.0.1"])
        #expect(try await program.terminate() == .exited(0))
    }

    @Test("an address that is taken is told with its remedy")
    func taken() async throws {
        let bed = try await ProxyTestBed()
        let arguments = [
            "dns", "--manifests", bed.folder.path, "--listen", "10.0.1.1", "--forward", "none", "--http-address", "",
            "-v2",
        ]
        let first = try bed.launch(exactly: arguments)
        try await first.line(with: "Listening")
        let second = try bed.launch(exactly: arguments)
        #expect(try await second.end() == .exited(1))
        #expect(second.text.contains("cannot listen on 10.0.1.1:53: Address already in use"))
    }
}
