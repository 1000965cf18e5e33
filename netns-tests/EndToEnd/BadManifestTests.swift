import Testing

/// Manifests that are wrong, one at a time beside a good one that keeps working.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct BadManifestTests {
    /// A manifest, and what of the log names it.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var yaml: String
        /// Parts of one line of the log; empty where the manifest is odd but usable.
        var log: [String]
    }

    private static func bad(_ clusterIP: String = "172.30.0.2", port: String = "80", endpoint: String? = nil) -> String
    {
        Manifest(name: "bad", clusterIP: clusterIP, port: port, endpoints: [endpoint ?? ProxyTestBed.two]).yaml
    }

    static let cases = [
        Case(testDescription: "port 0", yaml: bad(port: "0"), log: ["bad.yaml:8: ", "spec.ports[0].port"]),
        Case(
            testDescription: "port 70000",
            yaml: bad(port: "70000"),
            log: ["bad.yaml:8: ", "spec.ports[0].port", "70000"]
        ),
        Case(testDescription: "port -1", yaml: bad(port: "-1"), log: ["bad.yaml:8: ", "spec.ports[0].port"]),
        Case(testDescription: "port of text", yaml: bad(port: "http"), log: ["bad.yaml:8: ", "spec.ports[0].port"]),
        Case(
            testDescription: "no address",
            yaml: bad("172.30.0.300"),
            log: ["bad.yaml:", "spec.clusterIP", "172.30.0.300"]
        ),
        Case(
            testDescription: "an endpoint of the other family",
            yaml: bad().replacing("addressType: IPv4", with: "addressType: IPv6"),
            log: ["bad.yaml:", "endpoints[0].addresses[0]"]
        ),
        Case(
            testDescription: "leading zeros",
            yaml: bad("172.030.0.2"),
            log: ["bad.yaml:6: ", "spec.clusterIPs[0]", "leading 0s; write 172.30.0.2"]
        ),
        Case(
            testDescription: "leading zeros in an endpoint",
            yaml: bad(endpoint: "10.0.03.2"),
            log: ["bad.yaml:", "endpoints[0].addresses[0]", "leading 0s; write 10.0.3.2"]
        ),
        Case(
            testDescription: "an endpoint that is no address",
            yaml: bad(endpoint: "10.0.3"),
            log: ["bad.yaml:", "endpoints[0].addresses[0]"]
        ),
        Case(testDescription: "a tab", yaml: "kind: Service\n\tapiVersion: v1\n", log: ["bad.yaml:2: "]),
        Case(testDescription: "an unclosed list", yaml: "kind: [Service\n", log: ["bad.yaml:"]),
        Case(testDescription: "no YAML at all", yaml: "\u{0}\u{1}\u{2}", log: ["bad.yaml"]),
        Case(testDescription: "an unknown kind", yaml: "apiVersion: v1\nkind: Serviec\nmetadata: {name: a}\n", log: []),
        Case(testDescription: "nothing", yaml: "", log: []),
    ]

    @Test(arguments: cases)
    func `what is wrong is told, and everything else works`(bad: Case) async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("good.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try bed.folder.write("bad.yaml", bad.yaml)
        let proxy = try await bed.start()
        if !bad.log.isEmpty {
            try await eventually("a line with \(bad.log), in\n\(proxy.text)", within: .seconds(5)) {
                proxy.lines(with: bad.log).contains { $0.hasPrefix("E") }
            }
        }
        // It works before and after a change, and so does the kernel's listing.
        try await bed.expect(["one"], at: "172.30.0.1")
        _ = try await bed.listing()
        try bed.folder.write("good.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.two]).yaml)
        try await bed.expect(["two"], at: "172.30.0.1")
        try bed.folder.write("bad.yaml", Self.bad())
        try await bed.expect(["two"], at: "172.30.0.2")
        _ = try await bed.listing()
        #expect(try await proxy.terminate() == .exited(0))
    }

    @Test func `of two Services with one address the older is served, and the log names both`() async throws {
        let bed = try await ProxyTestBed()
        func service(_ name: String, at time: String, endpoint: String) -> String {
            Manifest(name: name, clusterIP: "172.30.0.1", endpoints: [endpoint]).yaml
                .replacing("uid: uid-\(name)}", with: "uid: uid-\(name), creationTimestamp: \"\(time)\"}")
        }
        try bed.folder.write("a.yaml", service("younger", at: "2026-02-01T00:00:00Z", endpoint: ProxyTestBed.one))
        let proxy = try await bed.start()
        try await bed.expect(["one"], at: "172.30.0.1")
        try bed.folder.write("b.yaml", service("older", at: "2026-01-01T00:00:00Z", endpoint: ProxyTestBed.two))
        try await proxy.line(with: "172.30.0.1", "default/younger", "default/older")
        try await bed.expect(["two"], at: "172.30.0.1")
        #expect(try await bed.metric("trama_frontend_conflicts") == 2)  // TCP and UDP
        try bed.folder.remove("b.yaml")
        try await bed.expect(["one"], at: "172.30.0.1")
        #expect(try await bed.metric("trama_frontend_conflicts") == 0)
    }

    @Test func `a Service of 10,000 endpoints is served, and shrinks again`() async throws {
        let bed = try await ProxyTestBed()
        // All on one host, which has the whole range.
        try await bed.lab["two"].run("ip", "route", "add", "local", "10.9.0.0/16", "dev", "lo")
        try await bed.node.addRoute(to: "10.9.0.0/16", via: "10.0.3.2")
        let endpoints = (0..<10_000).map { "10.9.\($0 / 200 + 1).\($0 % 200 + 1)" }
        try bed.folder.write(
            "good.yaml",
            Manifest(name: "good", clusterIP: "172.30.0.9", endpoints: [ProxyTestBed.one]).yaml
        )
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: endpoints).yaml)
        let proxy = try await bed.start()
        for _ in 0..<20 { #expect(await bed.flow("172.30.0.1").server == "two") }
        #expect(await bed.flow("172.30.0.9").server == "one")
        _ = try await bed.listing()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try await bed.expect(["one"], at: "172.30.0.1")
        _ = try await bed.listing()
        #expect(try await proxy.terminate() == .exited(0))
    }
}
