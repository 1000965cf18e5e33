import Testing

/// Daemons that have to do without something: they work, and say what is missing.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayLackTests {
    @Test func `where encryption is preferred and there is no WireGuard, packets go by VXLAN`() async throws {
        let bed = try await OverlayTestBed()
        let arguments = ["--encryption", "prefer", "--initial-peers", "2", bed[0].address]
        try bed[0].launch(arguments, lacking: .wireGuard)
        try bed[1].launch(arguments)
        for host in bed.hosts { try await host.waitUntilReady() }
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[1].address())
        try await bed.waitForPaths("established", "unencrypted", "vxlan")
        try await bed[0].waitForStatus("summary", has: "Encrypted path: none", "Notice", "plain text", "Status: ready")
        try await bed[0].daemon.line(with: "there is no encrypted path")
        #expect(!(try await bed[1].status().contains("Notice")))
    }

    @Test func `where encryption is required and there is no WireGuard, the daemon does not start`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        try bed[0].launch(["--encryption", "require"], lacking: .wireGuard)
        #expect(try await bed[0].daemon.end() == .exited(1))
        try await bed[0].daemon.line(with: "wireguard-go is not on the PATH")
    }

    @Test func `a daemon that may not probe takes VXLAN to work, and says so`() async throws {
        let bed = try await OverlayTestBed()
        let arguments = ["--initial-peers", "2", bed[0].address]
        for host in bed.hosts { try host.launch(arguments, lacking: .rawSockets) }
        for host in bed.hosts { try await host.waitUntilReady() }
        let pods = try await bed.pods()
        for isIPv6 in [false, true] {
            try await pods[0].waitUntilReaching(pods[1].address(isIPv6: isIPv6))
        }
        try await bed.waitForPaths("established", "vxlan", "cannot be probed")
        try await bed[0].waitForStatus("summary", has: "Notice", "CAP_NET_RAW", "Status: ready")
        try await bed[0].daemon.line(with: "CAP_NET_RAW")
        #expect(try await bed[0].http("/healthz").body == "ok")
        // As long as the ways are given up after, where probes get no answers.
        try await Task.sleep(for: .seconds(4))
        try await bed.waitForPaths("established", "vxlan", within: .seconds(1))
        try await pods[1].waitUntilReaching(pods[0].address())
    }
}
