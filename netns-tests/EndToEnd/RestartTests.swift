import Glibc
import NFTables
import Testing

/// A proxy that ends leaves its rules, and the next one goes on from there.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RestartTests {
    private static let manifest = Manifest(
        clusterIP: "172.30.0.1",
        spec: ["type: NodePort", "sessionAffinity: ClientIP"],
        nodePort: "30080",
        endpoints: [ProxyTestBed.one, ProxyTestBed.two]
    )

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends it with status 0 and leaves the rules`(signal: Int32) async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        let proxy = try await bed.start()
        let before = try await bed.listing()
        proxy.signal(signal)
        #expect(try await proxy.end() == .exited(0))
        proxy.lines.last.map { #expect($0.contains("the rules stay")) }
        #expect(try await bed.listing() == before)
        #expect(await bed.flow("172.30.0.1").server != nil)
    }

    @Test func `a restart sends nothing where nothing changed`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("node.yaml", Manifest.node)
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        #expect(try await bed.start().terminate() == .exited(0))
        let before = try await bed.nftables.generation()
        // Several times: what the proxy learns first may differ.
        for _ in 0..<4 {
            let proxy = try await bed.start()
            #expect(try await bed.nftables.generation() == before)
            #expect(try await proxy.terminate() == .exited(0))
            #expect(try await bed.nftables.generation() == before)
        }
    }

    @Test func `connections and affinity outlive a restart`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        let proxy = try await bed.start()
        let flow = try await bed.probe.open(from: bed.client, to: ProxyTestBed.frontend("172.30.0.1"))
        let before = await bed.probe.ask(flow)
        let server = try #require(before.server)
        #expect(try await proxy.terminate() == .exited(0))
        #expect(await bed.probe.ask(flow) == before)
        try await bed.start()
        #expect(await bed.probe.ask(flow) == before)
        for _ in 0..<8 { #expect(await bed.flow("172.30.0.1").server == server) }
    }

    @Test(arguments: [("172.30.0.1", UInt16(80)), ("10.0.1.1", UInt16(30080))])
    func `a restart under load loses no connection`(address: String, port: UInt16) async throws {
        let bed = try await ProxyTestBed()
        var manifest = Self.manifest
        manifest.spec.removeLast()
        try bed.folder.write("web.yaml", manifest.yaml)
        let proxy = try await bed.start()
        try await bed.expect(["one", "two"], at: address, port)
        let hammer = Hammer(bed.probe, from: bed.client, to: ProxyTestBed.frontend(address, port))
        try await hammer.more(20)
        #expect(try await proxy.terminate() == .exited(0))
        for _ in 0..<2 {
            let next = try await bed.start()
            try await hammer.more(20)
            next.signal(SIGKILL)
            #expect(try await next.end() == .killed(signal: SIGKILL))
        }
        let tally = await hammer.stop()
        #expect(tally.lost.isEmpty, "of \(tally.count)")
        #expect(tally.servers == ["one", "two"])
    }

    @Test func `what changed while it was away is taken up`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try bed.folder.write("old.yaml", Manifest(name: "old", clusterIP: "172.30.0.2", endpoints: []).yaml)
        #expect(try await bed.start().terminate() == .exited(0))
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.two]).yaml)
        try bed.folder.remove("old.yaml")
        try await bed.start()
        for _ in 0..<4 { #expect(await bed.flow("172.30.0.1").server == "two") }
        #expect(try await !bed.listing().contains("172.30.0.2"))
    }
}
