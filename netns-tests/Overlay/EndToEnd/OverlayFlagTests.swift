import Netlink
import Testing

/// What the flags of `trama overlay launch` do that no other test needs.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayFlagTests {
    @Test func `ports, names, sizes and the form of the log are as they were asked for`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch(
            "--port",
            "7000",
            "--http-address",
            "127.0.0.1:7999",
            "--vni",
            "99",
            "--mtu",
            "1300",
            "--vxlan-device",
            "tx0",
            "--logging-format",
            "json",
            "--v",
            "2",
            "--block-length",
            "20",
            "--block-length-v6",
            "56",
            "--cluster",
            "blue"
        )
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[1].address())
        try await pods[0].waitUntilReaching(pods[1].address(isIPv6: true))
        let link = try await bed[0].host.run("ip", "-d", "link", "show", "tx0")
        #expect(link.contains("vxlan id 99 ") && link.contains("dstport 7001 "), "\(link)")
        #expect(try await pods[0].run("ip", "link", "show", "eth0").contains("mtu 1300"))
        #expect(try await bed[0].http("/status", port: 7999).body.contains("Pod MTU: 1300 (--mtu)"))
        let peers = try await bed[0].status("peers")
        #expect(peers.occurrences(of: "/20") == 2 && peers.occurrences(of: "/56") == 2, "\(peers)")
        #expect(try await bed[0].status().contains("blue"))
        let lines = try bed[0].daemon.lines
        #expect(!lines.isEmpty && lines.allSatisfy { JSONLine($0) != nil })
    }

    @Test(arguments: [false, true])
    func `packets that leave the cluster have the host's address, unless told otherwise`(isKept: Bool) async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        try bed[0].launch((isKept ? ["--no-masquerade"] : []) + ["--initial-peers", "1", "--http-address", ""])
        try await bed[0].waitUntilReady()
        let pod = try await bed[0].pod()
        // The router has no route to pods.
        if isKept {
            for _ in 0..<3 { #expect(await !pod.reaches("10.0.1.1")) }
        } else {
            try await pod.waitUntilReaching("10.0.1.1")
        }
        // No server where no address was given.
        await #expect(throws: (any Error).self) { try await bed[0].http("/status") }
    }

    @Test func `peers of one subnet are reached without a tunnel where that is wanted`() async throws {
        let bed = try await OverlayTestBed()
        try await Host.join(bed[0].host, "eth1", bed[1].host, "eth1")
        for host in bed.hosts { try await host.host.addAddress("10.9.0.\(host.number)/24", to: "eth1") }
        for host in bed.hosts {
            try host.launch(["--direct", "--endpoint", "10.9.0.\(host.number)", "--initial-peers", "2", "10.9.0.1"])
        }
        for host in bed.hosts { try await host.waitUntilReady() }
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[1].address())
        let address = try pods[1].address()
        let route = try await bed[0].host.run("ip", "route", "get", address)
        #expect(route.contains("via 10.9.0.2 dev eth1"), "\(route)")
        try await bed[0].waitForStatus("peers", has: "10.9.0.2", "direct")
        #expect(try await bed[0].summary("Endpoint") == "10.9.0.1")
    }
}
