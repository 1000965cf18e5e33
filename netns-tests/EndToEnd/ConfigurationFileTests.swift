import Testing

/// `--config` and `--write-config-to`.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct ConfigurationFileTests {
    private static let header = """
        apiVersion: kubeproxy.config.k8s.io/v1alpha1
        kind: KubeProxyConfiguration

        """

    @Test func `what is written can be read again`() async throws {
        let bed = try await ProxyTestBed()
        let file = bed.folder.path("written.cfg")
        let arguments = ["--cluster-cidr", "10.244.0.0/16", "--masquerade-all", "--conntrack-udp-timeout=45s"]
        let first = try bed.launch(exactly: ["proxy", "--write-config-to", file] + arguments)
        #expect(try await first.end() == .exited(0))
        let written = try bed.folder.read("written.cfg")
        for line in [
            "clusterCIDR: \"10.244.0.0/16\"", "masqueradeAll: true", "udpTimeout: \"45s\"",
            "kind: KubeProxyConfiguration",
        ] {
            #expect(written.contains(line), "\(line)")
        }
        let again = bed.folder.path("again.cfg")
        let second = try bed.launch(exactly: ["proxy", "--config", file, "--write-config-to", again])
        #expect(try await second.end() == .exited(0))
        #expect(try bed.folder.read("again.cfg") == written)
        #expect(!second.lines.contains { $0.contains("unknown field") })
    }

    @Test func `a configuration in use ends the process with status 1 when it changes, and the rules stay`()
        async throws
    {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try bed.folder.write(
            "proxy.cfg",
            Self.header + "mode: nftables\nmetricsBindAddress: 127.0.0.1:20249\nfancy: 1\n"
        )
        let proxy = try bed.launch(["--config", bed.folder.path("proxy.cfg")])
        try await proxy.served()
        let warning = try await proxy.line(with: "unknown field fancy", "proxy.cfg")
        #expect(warning.hasPrefix("W"))
        #expect(try await bed.get("/proxyMode", port: 20249).status == 200)
        try await bed.expect(["one"], at: "172.30.0.1")

        try bed.folder.write("proxy.cfg", Self.header + "mode: nftables\n")
        #expect(try await proxy.end() == .exited(1))
        #expect(proxy.text.contains("has changed"))
        #expect(await bed.flow("172.30.0.1").server == "one")
    }

    @Test func `a field that cannot be used is named with file and line`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("proxy.cfg", Self.header + "clusterCIDR: 10.0.0.0/40\nconntrack:\n  maxPerCore: many\n")
        let program = try bed.launch(["--config", bed.folder.path("proxy.cfg")])
        #expect(try await program.end() != .exited(0))
        #expect(program.text.contains("proxy.cfg:5: conntrack.maxPerCore"), "\(program.text)")
        try bed.folder.write("proxy.cfg", Self.header + "clusterCIDR: 10.0.0.0/40\n")
        let second = try bed.launch(["--config", bed.folder.path("proxy.cfg")])
        #expect(try await second.end() != .exited(0))
        #expect(second.text.contains("proxy.cfg:3: clusterCIDR"), "\(second.text)")
        try bed.folder.write("proxy.cfg", "a: [")
        let third = try bed.launch(["--config", bed.folder.path("proxy.cfg")])
        #expect(try await third.end() != .exited(0))
        #expect(third.text.contains("proxy.cfg:"), "\(third.text)")
        let missing = try bed.launch(["--config", bed.folder.path("missing.cfg")])
        #expect(try await missing.end() != .exited(0))
        #expect(missing.text.contains("missing.cfg"), "\(missing.text)")
    }
}
