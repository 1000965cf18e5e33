import NFTables
import Testing

/// The proxy on a folder of manifests: what the files say is what the node does.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct ManifestFolderTests {
    @Test func `rules follow files that appear, change, move and go`() async throws {
        let bed = try await ProxyTestBed()
        let proxy = try await bed.start()

        // Another name meanwhile, as a user's editor writes it.
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try await bed.expect(["one"], at: "172.30.0.1")

        try bed.folder.write(
            "web.yaml",
            Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one, ProxyTestBed.two]).yaml
        )
        try await bed.expect(["one", "two"], at: "172.30.0.1")

        try bed.folder.write("new", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.two]).yaml)
        try bed.folder.rename("new", to: "web.yaml")
        try await bed.expect(["two"], at: "172.30.0.1")

        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: []).yaml)
        try await bed.expect([], at: "172.30.0.1")

        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.9", endpoints: [ProxyTestBed.one]).yaml)
        try await bed.expect(["one"], at: "172.30.0.9")
        #expect(try await !bed.listing().contains("172.30.0.1 "))

        try bed.folder.rename("web.yaml", to: "other.yml")
        try bed.folder.write("mark.yaml", Manifest(name: "mark", clusterIP: "172.30.0.2", endpoints: []).yaml)
        try await bed.expect([], at: "172.30.0.2")
        try await bed.expect(["one"], at: "172.30.0.9")

        try bed.folder.remove("other.yml")
        try await eventually("the Service to be gone") { try await !bed.listing().contains("172.30.0.9") }
        #expect(proxy.lines(with: ["E", "] \""]).allSatisfy { !$0.hasPrefix("E") }, "\(proxy.text)")
    }

    @Test func `a file that is renamed keeps its connections`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        let proxy = try await bed.start()
        let before = try await bed.nftables.generation()
        try bed.folder.rename("web.yaml", to: "web2.yaml")
        // A later change, to know that the earlier one has been seen.
        try bed.folder.write("mark.yaml", "kind: [")
        try await proxy.line(with: "mark.yaml")
        #expect(try await bed.nftables.generation() == before)
    }

    @Test func `a broken file keeps its last good objects, and the log says file, line and reason`() async throws {
        let bed = try await ProxyTestBed()
        let manifest = Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one])
        try bed.folder.write("web.yaml", manifest.yaml)
        let proxy = try await bed.start()
        try await bed.expect(["one"], at: "172.30.0.1")

        let broken = manifest.yaml.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "kind: Service" ? "kind: [Service" : String($0) }.joined(separator: "\n")
        try bed.folder.write("web.yaml", broken)
        let line = try await proxy.line(with: "web.yaml:")
        #expect(line.hasPrefix("E"))
        #expect((1...4).contains { line.contains("web.yaml:\($0): ") }, "\(line)")
        try await bed.expect(["one"], at: "172.30.0.1")

        // It is taken up again where it is whole again.
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.two]).yaml)
        try await bed.expect(["two"], at: "172.30.0.1")
    }

    @Test func `an object that is wrong in one field is told by file, line and field`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        let proxy = try await bed.start()
        try bed.folder.write(
            "web.yaml",
            Manifest(clusterIP: "172.30.0.1", port: "eighty", endpoints: [ProxyTestBed.two]).yaml
        )
        let line = try await proxy.line(with: "web.yaml:8:", "spec.ports[0].port")
        #expect(line.contains("default/web") || line.contains("Service"), "\(line)")
        // The slice of the same file is good and taken; the Service stays as it was.
        try await bed.expect(["two"], at: "172.30.0.1")
    }
}
