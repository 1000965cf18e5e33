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
}
