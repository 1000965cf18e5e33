import Glibc
import JSON
import Netlink
import Testing

/// Flags of a node, by what they change.
@Suite(.serialized, .enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(5)))
struct NodeFlagTests {
    @Test func `limits, names, ports, certificates and the encrypted overlay are as asked for`() async throws {
        let bed = try await NodeTestBed(nodes: 2)
        let (first, second) = (bed[0], bed[1])
        for (file, field) in [("tls.crt", "certificate"), ("tls.key", "key")] {
            let cut = #"sed -n 's/.*"client-\#(field)-data":"\([^"]*\)".*/\1/p' kubeconfig"#
            try await first.host.run("sh", "-c", "cd \(first.folder.path) && \(cut) | base64 -d >\(file)")
        }
        try first.launch(
            "--node-ip",
            "10.0.2.2",
            "--max-pods",
            "7",
            "--cluster-dns",
            "10.96.0.10",
            "--cluster-domain",
            "example.test",
            "--encryption",
            "require",
            "--no-masquerade",
            "--mtu",
            "1300",
            "--overlay-port",
            "7783",
            "--address",
            "10.0.2.2",
            "--kubelet-port",
            "10350",
            "--healthz-bind-address",
            "10.0.2.2",
            "--healthz-port",
            "10348",
            "--tls-cert-file",
            first.folder.path("tls.crt"),
            "--tls-private-key-file",
            first.folder.path("tls.key"),
            "--client-ca-file",
            bed.folder.path("cp/pki/ca.crt"),
            "--overlay-http-address",
            "127.0.0.1:7784",
            "--proxy-healthz-bind-address",
            "127.0.0.1:11256",
            "--proxy-metrics-bind-address",
            "127.0.0.1:11249",
            "--logging-format",
            "json",
            "--stop-pods"
        )
        try second.launch("--encryption", "require", "--overlay-port", "7783", "--stop-pods")
        for node in bed.nodes { try await bed.expectReady(node.name) }

        let node = try JSONValue(json: Array(try await bed.kubectl("get", "node", "node-1", "-o", "json").utf8))
        #expect(node[path: "status", "capacity", "pods"] == "7")
        #expect(node[path: "status", "daemonEndpoints", "kubeletEndpoint", "Port"] == 10_350)
        let addresses = (node[path: "status", "addresses"]?.array ?? []).compactMap { $0["address"]?.string }
        #expect(addresses == ["10.0.2.2", "node-1"])
        for url in [
            "10.0.2.2:10348/healthz", "127.0.0.1:11256/healthz", "127.0.0.1:11249/metrics", "127.0.0.1:7784/metrics",
        ] {
            #expect(try await first.host.run("curl", "-sf", "-m", "20", "http://\(url)").isEmpty == false, "\(url)")
        }
        let sockets = try await first.host.run("ss", "-lunH")
        #expect(sockets.contains(":7783 ") && sockets.contains(":7784 "), "\(sockets)")
        let rules = try await first.host.run("nft", "list", "table", "inet", "trama-overlay")
        #expect(rules.contains("plain-postrouting") && !rules.contains("masquerade-postrouting"), "\(rules)")
        #expect(try first.program.text.split(separator: "\n").allSatisfy { $0.hasPrefix("{") }, "\(first.text)")

        // From pod to pod, through WireGuard; and the log by the kubelet's port, with those certificates.
        try await bed.kubectl("apply", "-f", "-", input: Self.server)
        let server = try await bed.expect("an address", from: "get", "pod", "server", "-o", Self.address) {
            !$0.isEmpty
        }
        try await bed.kubectl("apply", "-f", "-", input: Self.client(of: server))
        try await bed.expect("Succeeded", from: "get", "pod", "client", "-o", "jsonpath={.status.phase}")
        let log = try await bed.kubectl("logs", "client")
        #expect(log.contains("nameserver 10.96.0.10") && log.contains("default.svc.example.test"), "\(log)")
        #expect(log.contains(" mtu 1300 "), "\(log)")
        #expect(log.contains("\nserver\n"), "\(log)")
        for node in bed.nodes { #expect(try await node.end(by: SIGTERM) == .exited(0)) }
    }

    @Test func `a node without proxy and overlay leaves both to others, and one serves nothing`() async throws {
        let bed = try await NodeTestBed(nodes: 2)
        let (first, second) = (bed[0], bed[1])
        try await first.host.run("mkdir", first.folder.path("cni"))
        try first.folder.write(
            "cni/05-bridge.conflist",
            """
            {"cniVersion":"1.0.0","name":"own","plugins":[{"type":"bridge","bridge":"own0","isGateway":true,"ipam":\
            {"type":"host-local","dataDir":"\(first.folder.path("ipam"))","ranges":[[{"subnet":"10.88.0.0/24"}]]}}]}
            """
        )
        try first.launch("--no-overlay", "--no-proxy", "--cni-bin-dir", "/usr/lib/cni", "--stop-pods")
        try second.launch(
            "--direct",
            "--healthz-port",
            "0",
            "--overlay-http-address",
            "",
            "--proxy-healthz-bind-address",
            "",
            "--proxy-metrics-bind-address",
            ""
        )
        for node in bed.nodes { try await bed.expectReady(node.name) }
        #expect(try await first.host.run("nft", "list", "tables") == "")
        #expect(try await !first.host.run("ip", "-o", "link").contains("trama"))
        #expect(try await second.host.run("nft", "list", "tables").contains("table ip trama"))
        let sockets = try await second.host.run("ss", "-ltnH").split(separator: "\n")
        #expect(sockets.count == 2 && sockets.allSatisfy { $0.contains(":10250 ") }, "\(sockets)")

        try await bed.kubectl("apply", "-f", "-", input: Self.server.replacing("node-2", with: "node-1"))
        let server = try await bed.expect("an address", from: "get", "pod", "server", "-o", Self.address) {
            !$0.isEmpty
        }
        #expect(server.hasPrefix("10.88.0."))
        let answer = try await first.host.run(
            "curl",
            "-s",
            "--retry",
            "20",
            "--retry-all-errors",
            "-m",
            "20",
            "http://\(server):8080/hostname"
        )
        #expect(answer.hasPrefix("server"))
        for node in bed.nodes { #expect(try await node.end(by: SIGTERM) == .exited(0)) }
    }

    private static let address = "jsonpath={.status.podIP}"

    private static let server = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"server"},"spec":{"nodeName":"node-2",
        "terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"trama.dev/echo","args":["8080"]}]}}
        """

    private static func client(of address: String) -> String {
        """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"client"},"spec":{"nodeName":"node-1","restartPolicy":"Never",
        "containers":[{"name":"main","image":"host","command":["sh","-c","cat /etc/resolv.conf; ip -o link show eth0; \
        until curl -sf -m 2 http://\(address):8080/hostname; do sleep 0.2; done; echo"]}]}}
        """
    }
}
