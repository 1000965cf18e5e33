import Testing

/// Taking the place of upstream's kube-proxy, and leaving.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct TakeOverTests {
    /// The Service and the endpoint of the captured rules.
    private static let manifest = Manifest(clusterIP: "10.96.100.225", endpoints: ["10.244.1.5"])

    /// Gives host `one` the endpoint's address of the captured rules.
    private static func addEndpoint(to bed: ProxyTestBed) async throws {
        try await bed.lab["one"].addAddress("10.244.1.5/32", to: "eth0")
        try await bed.node.addRoute(to: "10.244.1.5/32", via: "10.0.2.2")
    }

    @Test(arguments: ["kube-proxy-1.36.2.nft", "iptables-nft.nft"])
    func `a take-over removes upstream's rules and loses no connection`(fixture: String) async throws {
        let bed = try await ProxyTestBed()
        try await Self.addEndpoint(to: bed)
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        try await bed.node.run("nft", "-f", Fixture.path(fixture))
        try await bed.node.run("nft", "add table ip other; add chain ip other kept; add rule ip other kept counter")
        #expect(await bed.flow("10.96.100.225").server == "one")

        let hammer = Hammer(bed.probe, from: bed.client, to: ProxyTestBed.frontend("10.96.100.225"))
        try await hammer.more(20)
        let proxy = try await bed.start("--take-over", "--cluster-cidr", "10.244.0.0/16")
        try await proxy.line(with: "removed")
        try await eventually("upstream's rules to be gone") { try await Self.upstream(in: bed.listing()).isEmpty }
        try await hammer.more(20)
        let tally = await hammer.stop()
        #expect(tally.lost.isEmpty, "of \(tally.count)")

        let listing = try await bed.listing()
        #expect(listing.contains("table ip trama") && listing.contains("table ip6 trama"))
        #expect(listing.contains("table ip other"))
        if fixture == "iptables-nft.nft" {
            for foreign in [
                "chain KUBE-FIREWALL", "chain KUBE-KUBELET-CANARY", "jump KUBE-FIREWALL", "jump EXAMPLE\n",
                "tcp dport 9999", "ip saddr 198.51.100.0/24", "jump EXAMPLE-FORWARD", "ip saddr 198.51.100.66",
                "tcp dport 9998", "chain PREROUTING", "chain OUTPUT", "chain POSTROUTING", "chain FORWARD",
            ] {
                #expect(listing.contains(foreign), "\(foreign)")
            }
        }
    }

    @Test func `without --take-over upstream's rules stay`() async throws {
        let bed = try await ProxyTestBed()
        try await bed.node.run("nft", "-f", Fixture.path("iptables-nft.nft"))
        try await bed.start()
        #expect(try await bed.listing().contains("chain KUBE-SVC-BBBBBBBBBBBBBBBB"))
    }

    @Test func `--cleanup removes our tables and no other`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try await bed.node.run("nft", "-f", Fixture.path("iptables-nft.nft"))
        try await bed.node.run("nft", "-f", Fixture.path("kube-proxy-1.36.2.nft"))
        try await bed.node.run("nft", "add table ip trama2; add table inet trama")
        let before = try await bed.node.run("nft", "--stateless", "list", "ruleset")
        _ = try await bed.start().terminate()
        let (ending, text) = try await TramaProgram.run("proxy", "--cleanup", on: bed.node)
        #expect(ending == .exited(0))
        #expect(text.contains("ip trama") && text.contains("ip6 trama"))
        #expect(try await bed.node.run("nft", "--stateless", "list", "ruleset") == before)
        // Nothing is left to do, which is no failure.
        #expect(try await TramaProgram.run("proxy", "--cleanup", on: bed.node).ending == .exited(0))
    }

    @Test func `tables of another name are cleaned up by that name`() async throws {
        let bed = try await ProxyTestBed()
        _ = try await bed.start("--table-name", "second").terminate()
        #expect(try await bed.listing().contains("table ip second"))
        _ = try await TramaProgram.run("proxy", "--cleanup", on: bed.node)
        #expect(try await bed.listing().contains("table ip second"))
        _ = try await TramaProgram.run("proxy", "--cleanup", "--table-name", "second", on: bed.node)
        #expect(try await bed.listing().isEmpty)
    }

    /// What is upstream's in a listing.
    private static func upstream(in listing: String) -> [Substring] {
        let kept = ["KUBE-FIREWALL", "KUBE-KUBELET-CANARY"]
        return listing.split(separator: "\n").filter { line in
            line.contains("kube-proxy {") || (line.contains("KUBE-") && !kept.contains { line.contains($0) })
        }
    }
}
