import Glibc
import Testing

/// Paths that stop working, and others that are taken in their place.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayFallbackTests {
    @Test func `where VXLAN is blocked pods are reached encrypted, and over VXLAN again when it is not`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        try await bed.filter("udp dport 6784 drop")
        // Some four times what it may take: `trama-bench --only overlay-fallback` says what it takes.
        try await pods[0].waitUntilReaching(pods[1].address(), within: .seconds(20))
        try await pods[1].waitUntilReaching(pods[0].address(isIPv6: true), within: .seconds(20))
        try await bed.waitForPaths("fallback", " encrypted", "wireguard")
        let pings = try [(0, 1, false), (1, 0, false), (0, 1, true), (1, 0, true)].map { from, to, isIPv6 in
            try pods[from].ping(pods[to].address(isIPv6: isIPv6))
        }
        try await bed.unfilter()
        try await bed.waitForPaths("established", "unencrypted", "vxlan", within: .seconds(180))
        for ping in pings {
            let outcome = try await ping.stop()
            #expect(outcome.lost == [], "of \(outcome.sent): the way back costs nothing")
        }
    }
}
