import Addressing
import Testing

/// Peers to connect to: at run time, and over restarts.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayTargetTests {
    @Test func `peers are connected to and forgotten at run time, and a restart goes on so`() async throws {
        let bed = try await OverlayTestBed(hosts: 3)
        for host in bed.hosts { try host.launch(["--ipam-seed", "host1,host3"]) }
        try await bed[0].waitUntilReady()
        try await bed[2].waitUntilReady()
        try await bed[1].waitForStatus("summary", has: "waiting for the seeds host1, host3", "Targets: 0")

        #expect(try await bed[1].trama("overlay", "connect", bed[0].address).isEmpty)
        try await bed[1].waitUntilReady()
        try await bed[1].waitForStatus("targets", has: bed[0].address, "established")

        // A restart without arguments knows it, and so does one with others.
        try await bed[1].stop()
        try bed[1].launch(["--ipam-seed", "host1,host3", "10.0.99.99"])
        try await bed[1].waitForStatus("targets", has: bed[0].address, "established", without: ["10.0.99.99"])

        // Only the third from now on, by its port.
        try await bed[1].trama("overlay", "connect", "--replace", "\(bed[2].address):6783")
        try await bed[1].waitForStatus("targets", has: "\(bed[2].address):6783", "established", without: ["10.0.1.2"])
        // By way of the second all three know one another.
        for host in bed.hosts { try await host.waitForStatus("summary", has: "Peers: 3") }

        try await bed[1].trama("overlay", "forget", "\(bed[2].address):6783")
        #expect(try await bed[1].status("targets").isEmpty)
        try await bed[1].stop()
        try bed[1].launch(["--ipam-seed", "host1,host3", bed[0].address])
        // Members are not targets: they are found again all the same.
        try await bed[1].waitForStatus("summary", has: "Targets: 0", "Peers: 3", "Status: ready")
        try await bed[1].waitForConnections(2)
    }

    @Test func `what is no peer, and what is no target, is refused in words`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        try await bed.launch()
        #expect(try await bed[0].refusal("overlay", "connect", "a:b:c").contains("peer \"a:b:c\": must be host"))
        #expect(try await bed[0].refusal("overlay", "forget", "10.0.9.9").contains("\"10.0.9.9\" is no target"))
        try await bed[0].trama("overlay", "connect", "does-not-exist.invalid")
        try await bed[0].waitForStatus("targets", has: "does-not-exist.invalid", "failed", "has no address")
        // Ourselves: named on every host alike.
        try await bed[0].waitForStatus("targets", has: bed[0].address, "cannot connect to ourself")
        #expect(try await bed[0].refusal("overlay", "connect", status: 64).contains("peer"))
    }

    @Test func `the mesh runs over IPv6, and hosts without an IPv4 underlay carry IPv4 pods`() async throws {
        let bed = try await OverlayTestBed(underlay: .ipv6)
        try bed[0].launch(["--ipam-seed", "host1"])
        try bed[1].launch(["--ipam-seed", "host1", "[\(bed[0].address)]:6783"])
        for host in bed.hosts { try await host.waitUntilReady() }
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[1].address())
        try await bed[1].waitForStatus("targets", has: "[fd00:1::2]:6783", "established")
    }
}
