import KubernetesAPI
import Testing

/// The manifest that runs the proxy in a cluster, as the README has people apply it.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct ProxyExampleTests {
    private static func text() throws -> String {
        try TemporaryFolder.read(Fixture.repository("examples/daemonset.yaml"))
    }

    @Test func `the manifest of the proxy's DaemonSet is YAML of three objects, of one account`() throws {
        let text = try Self.text()
        #expect(ManifestReader(file: "daemonset.yaml").read(Array(text.utf8)).errors.isEmpty)
        let objects = text.split(separator: "\n---\n")
        #expect(objects.count == 3)
        #expect(objects.first?.contains("kind: ServiceAccount") == true)
        #expect(text.contains("serviceAccountName: trama-proxy\n"))
        #expect(objects.allSatisfy { $0.contains("\n  name: trama-proxy\n") })
    }

    @Test func `the program understands what the proxy's DaemonSet starts it with`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write(
            "config.conf",
            """
            apiVersion: kubeproxy.config.k8s.io/v1alpha1
            kind: KubeProxyConfiguration
            mode: ""

            """
        )
        let flags = try Self.text().split(separator: "\n").compactMap { line -> String? in
            let words = line.drop { $0 == " " }
            guard words.hasPrefix("- -") else { return nil }
            if words.hasPrefix("- --config=") { return "--config=\(bed.folder.path("config.conf"))" }
            return words.hasPrefix("- --hostname-override=") ? "--hostname-override=node-1" : String(words.dropFirst(2))
        }
        #expect(flags.contains("--take-over") && flags.count == 4)
        let written = bed.folder.path("written.conf")
        let program = try bed.launch(exactly: ["proxy", "--write-config-to", written] + flags)
        #expect(try await program.end() == .exited(0), "\(program.text)")
    }
}
