import JSON
import Netlink
import Testing

/// What the daemon tells of itself.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayStatusTests {
    @Test func `the pages of status, the report, and the same over HTTP`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let host = bed[0]
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        let identity = try host.identity()

        let summary = try await host.status()
        for words in [
            "Name: \(identity)(host1)", "Cluster: trama (members from mesh)", "Endpoint: 10.0.1.2", "Encryption: off",
            "Pod MTU: ", "Targets: 1", "Connections: ", "Peers: 2 (1 established)", "Status: ready",
            "Range: 10.32.0.0/12, fd74:7261:6d00::/48", "Attachments: 1", "Repairs: none", "Strangers: 0 packets",
        ] {
            #expect(summary.contains(words), "\(words) in \(summary)")
        }
        #expect(try await host.status("targets").contains(host.address))
        #expect(try await host.status("connections").contains("established"))
        #expect(try await host.status("peers").contains("(host1) (this host)"))
        let owners = try await host.status("ipam")
        #expect(owners.contains("(host1) IPv4") && owners.contains("(host2) IPv6"), "\(owners)")
        #expect(try await host.status("attachments").contains(pods[0].addresses[0]))
        #expect(try await host.refusal("overlay", "status", "everything", status: 64).contains("everything"))

        let report = try await host.trama("overlay", "report")
        let json = try await host.trama("overlay", "status", "--json")
        for text in [report, json] {
            let keys = try #require(JSONLine(text.split(separator: "\n")[0])?.keys)
            for key in ["version", "name", "id", "peers", "connections", "targets", "ipam", "attachments", "problems"] {
                #expect(keys.contains(key))
            }
            #expect(text.contains(#""name":"host2""#) && text.contains(pods[0].addresses[1]))
        }

        for (path, page) in [
            ("/status", "summary"), ("/status/targets", "targets"), ("/status/connections", "connections"),
            ("/status/peers", "peers"), ("/status/ipam", "ipam"), ("/status/attachments", "attachments"),
        ] {
            let answer = try await host.http(path)
            #expect(answer.status == 200)
            // Round trips differ.
            if page != "peers", page != "summary" {
                let text = try await host.status(page)
                #expect(answer.body == text)
            }
        }
        let answer = try await host.http("/report")
        #expect(answer.headers.contains { $0.hasPrefix("Content-Type: application/json") })
        #expect(JSONLine(answer.body) != nil)
        #expect(try await host.http("/healthz").body == "ok")
        try await host.waitForStatus("summary", has: "Status: ready", without: ["Problem"])
        let metrics = try await host.http("/metrics").body
        for line in [
            #"weave_connections{state="established"} "#, #"trama_overlay_peers{path="established"} 1"#, "weave_ips 2",
            "trama_overlay_problems 0", "trama_overlay_pod_mtu_bytes 1", "trama_overlay_kernel_changes_total ",
            "process_resident_memory_bytes ", #"trama_overlay_dropped_packets_total{reason="spoofed-source"} "#,
        ] {
            #expect(metrics.contains("\n\(line)"), "\(line) in \(metrics)")
        }
        #expect(try await host.http("/nothing").status == 404)
        for name in ["evil.example", "evil.example:6784", "10.0.1.2:6784", ""] {
            for path in ["/status", "/report", "/metrics", "/healthz"] {
                #expect(try await host.http(path, host: name).status == 403)
            }
        }
        #expect(try await host.http("/status", host: "[::1]:6784").status == 200)
        // It is for the host itself.
        await #expect(throws: (any Error).self) {
            try await bed[1].host.run("curl", "-s", "--max-time", "2", "http://10.0.1.2:6784/status")
        }
    }

    @Test func `a host without a prefix or an underlay is not healthy, and says why`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        let host = bed[0]
        try await host.host.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
        try host.launch(["--initial-peers", "3"])
        try await host.waitForStatus("summary", has: "awaiting consensus (quorum: 2, known: 1)", "Endpoint: none")
        let health = try await host.http("/healthz")
        #expect(health.status == 503)
        #expect(health.body.contains("no address that others could reach"), "\(health.body)")
        #expect(health.body.contains("awaiting consensus"), "\(health.body)")
        let namespace = try await NamedNamespace()
        let said = try await host.refusal("attach", namespace.name)
        #expect(
            said.contains("no range") && said.contains("trama overlay status") && said.contains("awaiting consensus")
        )
    }
}
