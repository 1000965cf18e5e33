import Addressing
import Glibc
import Netlink
import Testing

/// What others do to the overlay's objects in the kernel, and what they may keep.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayRepairTests {
    /// Damages, by what each is.
    private static let damages: [(name: String, commands: [String])] = [
        ("device deleted", ["ip link delete trama.vxlan"]),
        ("device down", ["ip link set trama.vxlan down"]),
        ("FDB flushed", ["bridge fdb flush dev trama.vxlan"]),
        ("routes deleted", ["ip -4 route flush proto 77", "ip -6 route flush proto 77"]),
        ("table flushed", ["nft flush table inet trama-overlay"]),
        ("table deleted", ["nft delete table inet trama-overlay"]),
    ]

    @Test func `whatever is taken from the kernel is there again at once, and counted`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        try await bed.waitForPaths("established", "vxlan")
        // What bears no number that changes with each making.
        func kernel() async throws -> String {
            try await bed[0].kernel().split(separator: "\n").map { line in
                line.split(separator: " ").filter { Int($0.prefix { $0 != ":" && $0 != "@" }) == nil }.joined(
                    separator: " "
                )
            }.sorted().joined(separator: "\n")
        }
        let before = try await kernel()
        let neighbour = try await bed[0].run("ip -4 neighbour show dev trama.vxlan nud permanent").split(separator: " ")
            .first
        let damages =
            try Self.damages + [
                ("neighbour deleted", ["ip neighbour delete \(#require(neighbour)) dev trama.vxlan"])
            ]
        for damage in damages {
            for command in damage.commands {
                try await bed[0].run(command)
            }
            var last = ""
            do {
                // Ten times what it may take on a machine that has nothing else to do.
                try await eventually("repair", within: .seconds(10)) {
                    last = try await kernel()
                    return last == before
                }
            } catch is NeverHappened {
                Issue.record("\(damage.name): not repaired; before:\n\(before)\nafter:\n\(last)")
            }
            try await pods[0].waitUntilReaching(pods[1].address())
            try await pods[1].waitUntilReaching(pods[0].address(isIPv6: true))
        }
        #expect(try await bed[0].summary("Repairs") != "none")
        #expect(try await bed[1].summary("Repairs") == "none")
    }

    @Test func `what others have is as it was after a reset`() async throws {
        let bed = try await OverlayTestBed()
        // Which hosts of containers do anyway, and which is not taken back: the kernel itself then has other addresses.
        try bed[0].host.sysctl("net/ipv4/ip_forward", "1")
        try bed[0].host.sysctl("net/ipv6/conf/all/forwarding", "1")
        try await bed[0].run(
            "ip link add tr-bridge type bridge",
            "ip link set tr-bridge up",
            "ip address add 10.77.0.1/24 dev tr-bridge",
            "ip link add trunk0 type vxlan id 6784 local 10.0.1.2 dstport 4789 nolearning",
            "ip link set trunk0 up",
            "ip route add 10.78.0.0/16 via 10.0.1.1 proto 76",
            "ip route add blackhole 10.79.0.0/16 table 77",
            "ip -6 route add fd00:78::/64 dev tr-bridge",
            "ip rule add from 10.77.0.0/24 lookup 77",
            "bridge fdb append 00:00:00:00:00:00 dev trunk0 dst 10.0.2.2",
            "nft add table inet trama",
            "nft add chain inet trama forward { type filter hook forward priority 0 ; }",
            "nft add rule inet trama forward udp dport 6784 counter packets 7 bytes 77 accept",
            "nft add table ip trama-overlay"
        )
        func foreign() async throws -> String {
            try await bed[0].run(
                "ip link",
                "ip -d link show trunk0",
                "ip address",
                "ip -4 route show table all",
                "ip -6 route show table all",
                "ip rule",
                "bridge fdb",
                "ip neighbour show nud permanent",
                "nft -a -s list ruleset"
            )
        }
        try await eventually("no address to be tentative") { try await bed[0].run("ip address show tentative").isEmpty }
        let before = try await foreign()
        try await bed.launch()
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[1].address())
        #expect(try await foreign() != before)
        try await bed[0].trama(
            "overlay",
            "reset",
            "--state-dir",
            bed[0].state.path("state"),
            "--wireguard-device",
            bed[0].wireGuardDevice
        )
        #expect(try await bed[0].daemon.end() == .exited(0))
        let after = try await foreign()
        #expect(after == before)
        #expect(WireGuardHost.processID(of: bed[0].wireGuardDevice) == nil)
    }
}
