import Glibc
import Testing

/// Networks below that lose packets, lead nowhere, take small packets only, or change.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayUnderlayTests {
    @Test func `a bulk transfer goes on where a hop takes smaller packets and says nothing`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        let sink = try pods[1].start("socat", "-u", "TCP-LISTEN:5001", "OPEN:/dev/null")
        try await eventually("socat to listen") { try await pods[1].run("ss", "-tln").contains(":5001") }
        let source = try pods[0].start("socat", "-u", "OPEN:/dev/zero", "TCP:\(pods[1].address()):5001")
        try await eventually("the transfer") { try await pods[1].receivedBytes() > 1 << 20 }
        // What the router would say of packets that are too large is filtered too.
        try await bed.lab.router.run(
            "nft",
            "-f",
            "-",
            input: """
                table inet silence {
                chain output {
                type filter hook output priority 0
                icmp type destination-unreachable drop
                icmpv6 type packet-too-big drop
                }
                }

                """
        )
        try await bed.lab.router.run("ip", "link", "set", "host2", "mtu", "1300")
        let before = try await pods[1].receivedBytes()
        // Several times what it may take; the pure tests of paths say what it takes.
        try await eventually("the transfer to go on", within: .seconds(60)) {
            try await pods[1].receivedBytes() > before + 8 << 20
        }
        try await bed[0].waitForPath(to: bed[1], ["degraded", "vxlan", "mtu=12"])
        source.signal(SIGTERM)
        sink.signal(SIGTERM)
    }

    @Test func `a path that loses a third of all packets stays the path`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        _ = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        try await bed.filter("numgen random mod 100 < 30 drop")
        let clock = ContinuousClock()
        let end = clock.now + .seconds(20)
        var seen: Set<String> = []
        while clock.now < end {
            for (host, other) in [(bed[0], bed[1]), (bed[1], bed[0])] {
                let path = try await host.path(to: other).split(separator: " ").prefix(3).joined(separator: " ")
                if seen.insert(path).inserted, path != "established unencrypted vxlan" {
                    Issue.record("\(try await host.status("peers"))")
                }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(seen == ["established unencrypted vxlan"])
    }

    @Test func `a host that is out of reach is reached through another one`() async throws {
        let bed = try await OverlayTestBed(hosts: 3)
        try await bed.filter(
            "iifname \"host1\" oifname \"host3\" drop",
            "iifname \"host3\" oifname \"host1\" drop"
        )
        try await bed.launch(target: 2)
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[2].address())
        try await pods[2].waitUntilReaching(pods[0].address(isIPv6: true))
        try await bed[0].waitForPath(to: bed[2], ["relayed", "via host2 over vxlan"])
        try await bed[2].waitForPath(to: bed[0], ["relayed", "via host2 over vxlan"])
        try await bed[0].waitForPath(to: bed[1], ["established", "vxlan"])
        // And directly once nothing is in the way.
        try await bed.unfilter()
        try await bed.waitForPaths("established", "vxlan", within: .seconds(180))
    }

    @Test func `a host that gets another address is reached there`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        try await pods[0].waitUntilReaching(pods[1].address())
        try await bed[1].run(
            "ip address delete 10.0.2.2/24 dev eth0",
            "ip address add 10.0.2.77/24 dev eth0",
            "ip route add default via 10.0.2.1"
        )
        try await pods[0].waitUntilReaching(pods[1].address())
        try await pods[1].waitUntilReaching(pods[0].address(isIPv6: true))
        #expect(try await bed[1].summary("Endpoint") == "10.0.2.77")
        // Where the other path was taken meanwhile, the way back takes half a minute.
        try await bed.waitForPaths("established", "vxlan", within: .seconds(180))
    }
}
