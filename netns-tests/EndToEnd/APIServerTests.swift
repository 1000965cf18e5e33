import NFTables
import Testing

/// The proxy against an API server: what a stock kube-apiserver 1.36 listed, and changes of it.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct APIServerTests {
    /// No two changes have the same version.
    private static let versions = Counter()
    private static let services = "/api/v1/services"
    private static let slices = "/apis/discovery.k8s.io/v1/endpointslices"
    private static let nodes = "/api/v1/nodes"
    private static let ranges = "/apis/networking.k8s.io/v1/servicecidrs"

    /// A node with the captured cluster behind its API server, and its endpoint 10.244.1.5 on host `one`.
    private static func makeBed(withRanges: Bool = true) async throws -> (ProxyTestBed, ScriptedAPIServer) {
        let bed = try await ProxyTestBed()
        try await bed.lab["one"].addAddress("10.244.1.5/32", to: "eth0")
        try await bed.node.addRoute(to: "10.244.1.5/32", via: "10.0.2.2")
        let server = try ScriptedAPIServer(on: bed.node)
        server.set(services, try captured("services.http"))
        server.set(slices, try captured("endpointslices.http"))
        if withRanges { server.set(ranges, try captured("servicecidrs.http")) }
        server.set(nodes, list("NodeList", "v1", [try captured("node.http")]))
        return (bed, server)
    }

    /// The body of a captured answer.
    private static func captured(_ name: String) throws -> String {
        let text = try TemporaryFolder.read(Fixture.repository("Tests/KubernetesTesting/Captured/\(name)"))
        let end = try #require(text.firstRange(of: "\n\n") ?? text.firstRange(of: "\r\n\r\n"))
        return String(text[end.upperBound...])
    }

    private static func list(_ kind: String, _ version: String, _ items: [String]) -> String {
        #"{"kind":"\#(kind)","apiVersion":"\#(version)","metadata":{"resourceVersion":"200"},"items":["#
            + items.joined(separator: ",") + "]}"
    }

    private static func service(_ name: String, _ clusterIP: String) -> String {
        #"""
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"\#(name)","namespace":"default","uid":"\#(name)",\#
        "resourceVersion":"\#(versions.next() + 200)"},"spec":{"clusterIP":"\#(clusterIP)","clusterIPs":["\#(clusterIP)"],"type":"ClusterIP",\#
        "ports":[{"name":"http","port":80,"protocol":"TCP","targetPort":8080}]}}
        """#
    }

    private static func slice(of name: String, _ address: String) -> String {
        #"""
        {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"\#(name)-1","namespace":"default",\#
        "resourceVersion":"\#(versions.next() + 200)","labels":{"kubernetes.io/service-name":"\#(name)"}},"addressType":"IPv4",\#
        "ports":[{"name":"http","port":8080,"protocol":"TCP"}],"endpoints":[{"addresses":["\#(address)"]}]}
        """#
    }

    private static func event(_ type: String, _ object: String) -> String {
        #"{"type":"\#(type)","object":\#(object)}"#
    }

    private static func start(_ bed: ProxyTestBed, _ arguments: String...) async throws -> ChildProcess {
        let proxy = try bed.launch(exactly: ["proxy", "--hostname-override", "n0"] + arguments)
        try await proxy.served()
        return proxy
    }

    @Test func `Services of an API server are served, and watch events change the rules`() async throws {
        let (bed, server) = try await Self.makeBed()
        let proxy = try await Self.start(bed, "--master", "http://127.0.0.1:\(server.port)")
        try await bed.expect(["one"], at: "10.96.100.225")
        // A Service without endpoints, and the headless one's name, which is nowhere.
        try await bed.expect([], at: "10.96.29.10")

        try await server.send(Self.event("ADDED", Self.service("second", "10.96.0.77")), to: Self.services)
        try await server.send(Self.event("ADDED", Self.slice(of: "second", ProxyTestBed.one)), to: Self.slices)
        try await bed.expect(["one"], at: "10.96.0.77")
        // Leading zeros: upstream reads them, and so do old API servers' objects stay usable.
        try await server.send(Self.event("MODIFIED", Self.slice(of: "second", "010.0.03.2")), to: Self.slices)
        try await bed.expect(["two"], at: "10.96.0.77")
        try await server.send(Self.event("DELETED", Self.service("second", "10.96.0.77")), to: Self.services)
        try await eventually("the Service to be gone") { try await !bed.listing().contains("10.96.0.77") }
        #expect(try await proxy.terminate() == .exited(0))
    }

    @Test func `requests carry upstream's selectors, and the kubeconfig's token`() async throws {
        let (bed, server) = try await Self.makeBed()
        try bed.folder.write(
            "kubeconfig",
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(server.port)"}}]
            users: [{name: u, user: {token: secret-1}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """
        )
        let proxy = try await Self.start(bed, "--kubeconfig", bed.folder.path("kubeconfig"))
        let selectors = [
            Self.services: [
                "labelSelector=!service.kubernetes.io/service-proxy-name", "fieldSelector=spec.clusterIP!=None",
            ],
            Self.slices: ["labelSelector=!service.kubernetes.io/headless"],
            Self.nodes: ["fieldSelector=metadata.name=n0"],
            Self.ranges: [],
        ]
        for (path, parts) in selectors {
            try await server.watched(path)
            let requests = server.requests.filter { $0.path == path }
            #expect(requests.contains { $0.isWatch } && requests.contains { !$0.isWatch })
            for request in requests {
                for part in parts { #expect(request.line.contains(part), "\(request.line)") }
                if request.isWatch { #expect(request.line.contains("allowWatchBookmarks=true")) }
            }
        }
        // It asks for nothing else but to record events, and always says who it is.
        let others = server.requests.filter { selectors[$0.path] == nil }
        #expect(
            others.allSatisfy { $0.line.hasPrefix("POST") && $0.path.hasSuffix("/events") },
            "\(others.map(\.line))"
        )
        #expect(server.requests.allSatisfy { $0.headers.lowercased().contains("authorization: bearer secret-1") })
        #expect(!proxy.text.contains("secret-1"))
    }

    @Test func `a restart sends nothing where nothing changed`() async throws {
        let (bed, server) = try await Self.makeBed()
        let master = "http://127.0.0.1:\(server.port)"
        #expect(try await Self.start(bed, "--master", master).terminate() == .exited(0))
        #expect(try await bed.listing().contains("10.96.0.0/16"))
        let before = try await bed.nftables.generation()
        for _ in 0..<3 {
            #expect(try await Self.start(bed, "--master", master).terminate() == .exited(0))
            #expect(try await bed.nftables.generation() == before)
        }
    }

    @Test func `a server without ServiceCIDRs is enough`() async throws {
        let (bed, server) = try await Self.makeBed(withRanges: false)
        let proxy = try await Self.start(bed, "--master", "http://127.0.0.1:\(server.port)")
        try await bed.expect(["one"], at: "10.96.100.225")
        #expect(try await proxy.terminate() == .exited(0))
    }

    @Test func `a watch that is too old is listed anew`() async throws {
        let (bed, server) = try await Self.makeBed()
        let proxy = try await Self.start(bed, "--master", "http://127.0.0.1:\(server.port)")
        try await bed.expect(["one"], at: "10.96.100.225")
        try await server.watched(Self.services)
        try await server.watched(Self.slices)
        let lists = server.requests.filter { $0.path == Self.services && !$0.isWatch }.count

        server.set(
            Self.slices,
            Self.list("EndpointSliceList", "discovery.k8s.io/v1", [Self.slice(of: "new", ProxyTestBed.two)])
        )
        server.set(Self.services, Self.list("ServiceList", "v1", [Self.service("new", "10.96.0.88")]))
        let gone = #"""
            {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",\#
            "message":"too old resource version: 1 (200)","reason":"Expired","code":410}}
            """#
        try await server.send(gone, to: Self.services)
        try await server.send(gone, to: Self.slices)
        try await bed.expect(["two"], at: "10.96.0.88")
        #expect(try await !bed.listing().contains("10.96.100.225"))
        #expect(server.requests.filter { $0.path == Self.services && !$0.isWatch }.count > lists)
        #expect(try await proxy.terminate() == .exited(0))
    }

    @Test func `a watch that ends in the middle of an event changes nothing, and is begun again`() async throws {
        let (bed, server) = try await Self.makeBed()
        _ = try await Self.start(bed, "--master", "http://127.0.0.1:\(server.port)")
        try await bed.expect(["one"], at: "10.96.100.225")
        try await server.watched(Self.services)
        let before = try await bed.nftables.generation()
        let watches = server.requests.filter { $0.path == Self.services && $0.isWatch }.count
        let half = String(Self.event("ADDED", Self.service("half", "10.96.0.99")).prefix(90))
        try await server.breakOff(half, to: Self.services)
        try await eventually("another watch") {
            server.requests.filter { $0.path == Self.services && $0.isWatch }.count > watches
        }
        #expect(try await bed.nftables.generation() == before)
        // What cannot be read is told, and the next event is taken.
        try await server.send(Self.event("ADDED", "17"), to: Self.services)
        try await server.send(Self.event("ADDED", Self.service("next", "10.96.0.66")), to: Self.services)
        try await bed.expect([], at: "10.96.0.66")
        try await bed.expect(["one"], at: "10.96.100.225")
    }
}
