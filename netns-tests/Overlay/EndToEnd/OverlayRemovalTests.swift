import Glibc
import Netlink
import Testing

/// Peers that are gone for good, and identities that two have.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayRemovalTests {
    @Test(.timeLimit(.minutes(4)))
    func `rmpeer hands a dead peer's space on, and the peer that comes back is another`() async throws {
        let bed = try await OverlayTestBed(hosts: 3)
        let range = ["--range", "10.32.0.0/24", "--block-length", "28", "--ipam-seed", "host1,host2,host3"]
        for host in bed.hosts { try host.launch(range + [bed[0].address]) }
        for host in bed.hosts { try await host.waitForStatus("summary", has: "Status: ready", "Peers: 3") }
        let old = try bed[2].identity()
        #expect(try await bed[0].refusal("overlay", "rmpeer", "host3").contains("\"host3\" is connected"))
        #expect(try await bed[0].refusal("overlay", "rmpeer", "host9").contains("there is no peer \"host9\""))
        #expect(try await bed[0].refusal("overlay", "rmpeer", "host1").contains("is this host"))

        try await bed[2].end(by: SIGKILL)
        let said = try await bed[0].trama("overlay", "rmpeer", "host3")
        #expect(said.contains("host3 is removed; its address space is host"), "\(said)")
        for host in bed.hosts[..<2] { try await host.waitForStatus("summary", has: "Peers: 2") }
        // Idle for a minute, so that what the dead peer gave away last is heard of.
        for host in bed.hosts[..<2] {
            try await host.waitForStatus(
                "ipam",
                has: "(host1)",
                "(host2)",
                without: ["host3", old],
                within: .seconds(120)
            )
        }

        try bed[2].launch(range + [bed[0].address])
        try await bed[2].daemon.line(with: "taking a new identity", "was removed from the cluster")
        try await bed[2].waitUntilReady()
        #expect(try bed[2].identity() != old)
        for host in bed.hosts { try await host.waitForStatus("summary", has: "Peers: 3") }
        let pods = try await (bed[0].pod(), bed[2].pod())
        try await pods.0.waitUntilReaching(pods.1.address())
    }

    @Test(.timeLimit(.minutes(4)))
    func `a peer that was removed while we were down goes from our kernel with the first list, not before`()
        async throws
    {
        let bed = try await OverlayTestBed(hosts: 4)
        try await bed.launch()
        let dead = bed[2]
        let prefix = try #require(try await dead.summary("Prefixes")?.split(separator: ",").first)
        func hasRoute() async throws -> Bool {
            try await bed[1].host.run("ip", "route", "show", String(prefix)).contains("trama.vxlan")
        }
        try await eventually("the route") { try await hasRoute() }
        try await bed[1].stop()
        try await dead.end(by: SIGKILL)
        try await bed[0].trama("overlay", "rmpeer", "host3")
        #expect(try await hasRoute())

        // Nobody can be asked at first.
        try await bed[1].host.run(
            "nft",
            "-f",
            "-",
            input:
                "table inet test { chain input { type filter hook input priority 0; tcp dport 6783 drop; tcp sport 6783 drop; }; }\n"
        )
        try bed[1].launch(["--initial-peers", "4", bed[0].address])
        try await bed[1].waitForStatus("summary", has: "Status: ready", "Peers: 4")
        try await Task.sleep(for: .seconds(4))
        #expect(try await hasRoute())
        #expect(try await bed[1].summary("Repairs") == "none")
        try await bed[1].host.run("nft", "delete", "table", "inet", "test")
        try await eventually("the route to be gone", within: .seconds(90)) { try await !hasRoute() }
        try await bed[1].waitForStatus("summary", has: "Peers: 3")
    }

    @Test func `a host with a copy of another's state takes a new identity, and both work`() async throws {
        let bed = try await OverlayTestBed()
        try bed[0].launch(["--ipam-seed", "host1"])
        try await bed[0].waitUntilReady()
        let first = try await bed[0].pod()
        let identity = try bed[0].identity()
        try await bed[1].host.run("cp", "-a", bed[0].stateFolder, bed[1].stateFolder)
        // What the original attached is no copy's.
        try await bed[1].host.run("rm", "-f", "\(bed[1].stateFolder)/daemon.lock", "\(bed[1].stateFolder)/attachments")
        #expect(try bed[1].identity() == identity)

        try bed[1].launch(["--ipam-seed", "host1", bed[0].address])
        try await bed[1].daemon.line(with: "taking a new identity", "runs with our identity since before us")
        try await bed[1].waitUntilReady()
        #expect(try bed[0].identity() == identity)
        #expect(try bed[1].identity() != identity)
        let second = try await bed[1].pod()
        #expect(Set(first.addresses).isDisjoint(with: second.addresses))
        for isIPv6 in [false, true] { try await first.waitUntilReaching(second.address(isIPv6: isIPv6)) }
        for host in bed.hosts { try await host.waitForStatus("summary", has: "Peers: 2", "Status: ready") }
    }
}
