import Addressing
import Testing

/// The servers of `healthCheckNodePort`.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct HealthCheckNodePortTests {
    /// A LoadBalancer Service with its endpoint on this node, or another.
    private static func manifest(on node: String, port: Int = 32_000, name: String = "web") -> Manifest {
        Manifest(
            name: name,
            clusterIP: name == "web" ? "172.30.0.1" : "172.30.0.2",
            spec: ["type: LoadBalancer", "externalTrafficPolicy: Local", "healthCheckNodePort: \(port)"],
            nodePort: name == "web" ? "30080" : "30081",
            endpoints: [ProxyTestBed.one],
            nodeName: node
        )
    }

    private static func body(_ name: String, _ count: Int) -> String {
        "{\n\t\"service\": {\n\t\t\"namespace\": \"default\",\n\t\t\"name\": \"\(name)\"\n\t},\n"
            + "\t\"localEndpoints\": \(count),\n\t\"serviceProxyHealthy\": true\n}"
    }

    private static func ask(_ bed: ProxyTestBed, port: UInt16 = 32_000) async throws -> HTTPAnswer {
        try await HTTPAnswer.get("/any", from: SocketAddress(.v4(0x0a00_0101), port), on: bed.client)
    }

    @Test func `it says byte for byte what upstream's says, and follows the endpoints`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("node.yaml", Manifest.node)
        try bed.folder.write("web.yaml", Self.manifest(on: "node-1").yaml)
        try await bed.start()
        try await eventually("the server") { (try? await Self.ask(bed)) != nil }
        let answer = try await Self.ask(bed)
        #expect(answer.status == 200)
        #expect(answer.body == Self.body("web", 1))
        #expect(
            answer.headerNames.filter { $0 != "Connection" } == [
                "Content-Type", "X-Content-Type-Options", "X-Load-Balancing-Endpoint-Weight", "Date", "Content-Length",
            ]
        )
        #expect(answer.headers.contains("X-Load-Balancing-Endpoint-Weight: 1"))
        #expect(answer.headers.contains("Content-Type: application/json"))

        try bed.folder.write("web.yaml", Self.manifest(on: "node-2").yaml)
        try await eventually("503") { try await Self.ask(bed).status == 503 }
        #expect(try await Self.ask(bed).body == Self.body("web", 0))
        var notReady = Self.manifest(on: "node-1")
        notReady.conditions = "ready: false, serving: true, terminating: true"
        try bed.folder.write("web.yaml", Self.manifest(on: "node-1").yaml)
        try await eventually("200") { try await Self.ask(bed).status == 200 }
        try bed.folder.write("web.yaml", notReady.yaml)
        try await eventually("503") { try await Self.ask(bed).status == 503 }

        try bed.folder.remove("web.yaml")
        try await eventually("the server to be gone") { (try? await Self.ask(bed)) == nil }
    }

    @Test func `a port that another program has is logged, and had once it is free`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("node.yaml", Manifest.node)
        var other: Server? = try Server(on: bed.node, .tcp, port: 32_000, family: .ipv4)
        try bed.folder.write("web.yaml", Self.manifest(on: "node-1").yaml)
        try bed.folder.write("more.yaml", Self.manifest(on: "node-1", port: 32_001, name: "more").yaml)
        let proxy = try await bed.start()
        try await proxy.line(with: "default/web", "32000")
        // The other Service has its server, and both are served.
        try await eventually("the other server") { (try? await Self.ask(bed, port: 32_001))?.status == 200 }
        try await bed.expect(["one"], at: "172.30.0.1")
        withExtendedLifetime(other) {}
        other = nil
        // The next change tries again; the port may take a moment to be free.
        var number = 10
        try await eventually("the server") {
            number += 1
            let manifest = Manifest(name: "x\(number)", clusterIP: "172.30.1.\(number)", endpoints: [])
            try bed.folder.write("x.yaml", manifest.yaml)
            return (try? await Self.ask(bed))?.body == Self.body("web", 1)
        }
    }
}
