import Glibc
import Testing

/// Parts of the daemon's surroundings that do not answer.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayHangTests {
    @Test func `a wireguard-go that hangs holds up nothing else`() async throws {
        let bed = try await OverlayTestBed(hosts: 3)
        for host in bed.hosts.prefix(2) { try host.launch(["--initial-peers", "2", bed[0].address]) }
        for host in bed.hosts.prefix(2) { try await host.waitUntilReady() }
        let first = try await bed[0].pod()
        try await bed[0].waitForPath(to: bed[1], ["established"])
        let tunnel = try #require(WireGuardHost.processID(of: bed[0].wireGuardDevice))
        kill(tunnel, SIGSTOP)
        defer { kill(tunnel, SIGCONT) }
        // The new member is a peer of the device that hangs; the daemon gives up on that after ten seconds.
        try bed[2].launch(["--initial-peers", "2", bed[0].address])
        try await bed[2].waitUntilReady()
        let pod = try await bed[2].pod()
        try await first.waitUntilReaching(pod.address())
        #expect(WireGuardHost.processID(of: bed[0].wireGuardDevice) == tunnel, "reached while it hung")
        let second = try await bed[0].pod()
        try await second.waitUntilReaching(pod.address(isIPv6: true))
        try await bed[0].daemon.line(with: "the encrypted path does not answer")
        // It is ended, and another one started.
        try await eventually("another wireguard-go", within: .seconds(60)) {
            WireGuardHost.processID(of: bed[0].wireGuardDevice).map { $0 != tunnel } ?? false
        }
        try await bed[0].waitForStatus("summary", has: "Status: ready", without: ["Problem"])
    }

    @Test func `what could not be written to the disk is written once it can be`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        // In the place of the file that is to become the table of attachments.
        try await bed[0].run("mkdir -p \(bed[0].stateFolder)/attachments.new")
        try bed[0].launch(["--initial-peers", "1"])
        try await bed[0].daemon.line(with: "cannot keep the prefixes, trying again")
        // Until nothing else is new.
        try await Task.sleep(for: .seconds(3))
        try await bed[0].run("rmdir \(bed[0].stateFolder)/attachments.new")
        let pod = try await bed[0].pod()
        #expect(!pod.addresses.isEmpty)
    }
}
