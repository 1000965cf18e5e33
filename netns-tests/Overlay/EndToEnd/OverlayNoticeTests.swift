import Testing

/// What `status` says of states that nothing is wrong with in the kernel, and that users must know of.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayNoticeTests {
    @Test func `containers that keep addresses of a lost identity are named`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pod = try await bed[0].pod()
        try await bed[0].waitForStatus("summary", has: "Status: ready", without: ["Notice"])
        try await bed[0].end(by: 9)
        try await bed[0].run("rm -rf \(bed[0].stateFolder)/identity \(bed[0].stateFolder)/mesh")
        try bed[0].launch(["--initial-peers", "2", bed[1].address])
        try await bed[0].waitForStatus("summary", has: "Notice", try pod.address(), "in none of this host's prefixes")
        #expect(!(try await bed[1].status().contains("Notice")))
    }

    @Test func `peers whose tunnels are of the other family are named on both sides`() async throws {
        let bed = try await OverlayTestBed()
        for host in bed.hosts {
            try await host.run("ip address add fd00:\(host.number)::2/64 dev eth0 nodad")
        }
        let arguments = ["--initial-peers", "2", bed[0].address]
        try bed[0].launch(arguments)
        try bed[1].launch(arguments + ["--endpoint", "fd00:2::2"])
        try await bed[0].waitForStatus(
            "summary",
            has: "Notice",
            "its tunnels begin at an IPv6 address, ours at an IPv4"
        )
        try await bed[1].waitForStatus(
            "summary",
            has: "Notice",
            "its tunnels begin at an IPv4 address, ours at an IPv6"
        )
        // Named alike, they reach each other.
        try await bed[0].stop()
        try bed[0].launch(arguments + ["--endpoint", "fd00:1::2"])
        try await bed[0].waitUntilReady()
        try await bed.waitForPaths("established", "vxlan")
        for host in bed.hosts { try await host.waitForStatus("summary", has: "Status: ready", without: ["Notice"]) }
    }
}
