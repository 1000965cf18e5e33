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
        let clock = ContinuousClock()
        let blocked = clock.now
        // Five seconds on a machine that has nothing else to do.
        try await pods[0].waitUntilReaching(pods[1].address(), within: .seconds(15))
        try await pods[1].waitUntilReaching(pods[0].address(isIPv6: true), within: .seconds(15))
        #expect(clock.now - blocked < .seconds(15))
        try await bed.waitForPaths("fallback", " encrypted", "wireguard")
        try await bed.unfilter()
        let ping = try pods[0].ping(pods[1].address())
        try await bed.waitForPaths("established", "unencrypted", "vxlan", within: .seconds(75))
        let outcome = try await ping.stop()
        #expect(outcome.lost == [], "of \(outcome.sent): the way back costs nothing")
    }
}
