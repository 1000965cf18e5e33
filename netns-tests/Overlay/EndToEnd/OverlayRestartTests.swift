import Glibc
import Testing

/// The network goes on without its daemons, and daemons that begin again change nothing.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayRestartTests {
    @Test(arguments: [SIGKILL, SIGTERM])
    func `no ping is lost while daemons end and begin again, and nothing is made anew`(signal: Int32) async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        try await pods[0].waitUntilReaching(pods[1].address())
        let before = try await [bed[0].kernel(), bed[1].kernel()]
        let pings = try [
            pods[0].ping(pods[1].address()), pods[1].ping(pods[0].address(isIPv6: true)),
        ]
        for host in bed.hosts { try await host.end(by: signal) }
        try await Task.sleep(for: .seconds(1))
        for (host, before) in zip(bed.hosts, before) { #expect(try await host.kernel() == before) }
        try await bed.launch()
        try await bed.waitForPaths("established", "vxlan")
        for (host, before) in zip(bed.hosts, before) {
            #expect(try await host.kernel() == before)
            #expect(try await host.summary("Repairs") == "none")
        }
        for ping in pings {
            let outcome = try await ping.stop()
            #expect(outcome.sent > 20)
            #expect(outcome.lost == [], "of \(outcome.sent)")
        }
    }

    @Test(arguments: ["off", "prefer"])
    func `no ping is lost where daemons begin again while packets go by the other path`(policy: String) async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch("--encryption", policy)
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", policy == "off" ? "vxlan" : "wireguard")
        try await bed.filter("udp dport \(policy == "off" ? 6784 : 6783) drop")
        try await bed.waitForPaths("fallback", policy == "off" ? "wireguard" : "vxlan")
        try await expectNothingLost(on: bed, pods, ["--encryption", policy]) {
            try await bed.waitForPaths("fallback", policy == "off" ? "wireguard" : "vxlan")
        }
    }

    @Test func `no ping is lost where daemons begin again while packets go through a relay`() async throws {
        let bed = try await OverlayTestBed(hosts: 3)
        try await bed.launch(target: 3)
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        // Hosts 1 and 2 have only the third in common.
        try await bed.filter(
            "ip saddr \(bed[0].address) ip daddr \(bed[1].address) drop",
            "ip saddr \(bed[1].address) ip daddr \(bed[0].address) drop"
        )
        let relayed = ["relayed", "via \(bed[2].host.name)"]
        try await bed[0].waitForPath(to: bed[1], relayed, within: .seconds(60))
        try await bed[1].waitForPath(to: bed[0], relayed, within: .seconds(60))
        // All three begin again: the relay knows as little at first as the others.
        try await expectNothingLost(on: bed, pods, [], target: 3) {
            try await bed[0].waitForPath(to: bed[1], relayed)
            try await bed[1].waitForPath(to: bed[0], relayed)
        }
    }

    /// Kills and starts the daemons, one after the other, under pings between the first two hosts' pods.
    private func expectNothingLost(
        on bed: OverlayTestBed,
        _ pods: [OverlayPod],
        _ arguments: [String],
        target: Int = 1,
        _ wait: () async throws -> Void
    ) async throws {
        for isIPv6 in [false, true] {
            try await pods[0].waitUntilReaching(pods[1].address(isIPv6: isIPv6))
        }
        let pings = try [
            pods[0].ping(pods[1].address()), pods[1].ping(pods[0].address()),
            pods[0].ping(pods[1].address(isIPv6: true)),
        ]
        for host in bed.hosts {
            try await host.end(by: SIGKILL)
            try host.launch(
                arguments + ["--initial-peers", "\(bed.hosts.count)", bed[target - 1].address]
            )
            try await host.waitUntilReady()
            // Longer than the silence that a path is given up after.
            try await Task.sleep(for: .seconds(3))
        }
        try await wait()
        for ping in pings {
            let outcome = try await ping.stop()
            #expect(outcome.sent > 100)
            #expect(outcome.lost == [], "of \(outcome.sent)")
        }
    }
}
