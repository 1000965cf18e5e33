import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayDamageTests {
    @Test(
        arguments: [
            ("ip link delete trama.vxlan", .linkMissing),
            ("ip link set trama.vxlan down", .linkChanged),
            ("ip link set trama.vxlan mtu 1300", .linkChanged),
            ("ip link set trama.vxlan alias mine", .linkChanged),
            ("ip link set trama.vxlan address 02:00:00:00:00:77", .linkChanged),
            ("ip link set trama.vxlan type vxlan id 6784 local 10.0.1.77", .linkChanged),
            ("ip link set trama.vxlan type vxlan id 6784 learning", .linkChanged),
            ("ip link set trama.vxlan type vxlan id 6784 df unset", .linkChanged),
            ("ip link set trama.vxlan down; ip link set trama.vxlan name other; true", nil),
            ("ip link delete trama.vxlan; ip link add trama.vxlan type vxlan id 5 dstport 4789; true", nil),
            ("ip link delete trama.vxlan; ip link add trama.vxlan type bridge; true", nil),
            ("ip addr flush dev trama.vxlan", .addressMissing),
            ("ip addr del 10.32.1.0/32 dev trama.vxlan", .addressMissing),
            ("ip addr del fd32:0:0:1::/128 dev trama.vxlan", .addressMissing),
            ("ip addr add 10.99.0.1/24 dev trama.vxlan", .addressExtra),
            ("ip addr add fd99::1/64 dev trama.vxlan", .addressExtra),
            ("ip route flush proto 77", .routeMissing),
            ("ip -6 route flush proto 77", .routeMissing),
            ("ip route del 10.32.2.0/24", .routeMissing),
            ("ip route del 10.32.1.5", .routeMissing),
            ("ip -6 route del fd32:0:0:2::/64", .routeMissing),
            ("ip route del unreachable 10.32.0.0/12", .routeMissing),
            ("ip route del blackhole 10.32.1.0/24", .routeMissing),
            ("ip route replace 10.32.2.0/24 via 10.0.1.1", .routeMissing),
            ("ip -6 route replace fd32:0:0:2::/64 via fd00:1::1", .routeMissing),
            ("ip route replace blackhole 10.32.2.0/24 proto 77", .routeChanged),
            ("ip route change 10.32.2.0/24 via 10.32.2.0 dev trama.vxlan onlink proto 77 mtu 1000", .routeChanged),
            ("ip route add 10.40.0.0/24 dev trama.vxlan proto 77", .routeExtra),
            ("ip -6 route add fd40::/64 dev trama.vxlan proto 77", .routeExtra),
            ("ip neigh flush dev trama.vxlan nud permanent", .neighbourMissing),
            ("ip neigh replace 10.32.2.0 lladdr 02:00:00:00:00:77 dev trama.vxlan nud permanent", .neighbourChanged),
            ("ip neigh change 10.32.2.0 lladdr 02:00:00:00:00:77 dev trama.vxlan nud reachable", .neighbourChanged),
            ("ip neigh add 10.32.9.0 lladdr 02:00:00:00:00:77 dev trama.vxlan nud permanent", .neighbourExtra),
            ("bridge fdb flush dev trama.vxlan", .forwardingMissing),
            ("bridge fdb add 02:00:00:00:00:77 dev trama.vxlan dst 10.0.2.2", .forwardingExtra),
            ("bridge fdb append 00:00:00:00:00:00 dev trama.vxlan dst 10.0.2.77", .forwardingExtra),
            ("ip link set pod1 down; ip link set pod1 up", nil),
            ("ip link set pod1 group 5", .linkChanged),
            ("nft delete table inet trama-overlay", .tableMissing),
            ("nft flush ruleset", .tableMissing),
            ("nft flush table inet trama-overlay", .tableChanged),
            ("nft flush chain inet trama-overlay overlay-prerouting", .tableChanged),
            ("nft flush set inet trama-overlay tunnel-sources-4", .tableChanged),
            ("nft add element inet trama-overlay tunnel-sources-4 { 10.9.9.9 }", .tableChanged),
            ("nft add element inet trama-overlay cluster-4 { 10.99.0.0/16 }", .tableChanged),
            ("nft insert rule inet trama-overlay overlay-output drop", .tableChanged),
            (
                "nft add chain inet trama-overlay theirs { type filter hook forward priority 0 \\; policy drop \\; }",
                .tableChanged
            ),
            ("nft add table inet trama-overlay { flags dormant \\; }", .tableChanged),
        ] as [(String, RepairCause?)]
    )
    func `what somebody does to our objects is put right and counted`(
        command: String,
        cause: RepairCause?
    ) async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        let (host, reconciler) = (lab[1].host, lab[1].reconciler)
        let sound = try await host.inventory()
        try await lab.watching {
            try await lab.expectAllPings()
            #expect(reconciler.counters.repairs.values.allSatisfy { $0 == 0 })
            try await host.run("sh", "-c", command)
            try await expect(host, toBe: sound, after: command)
            try await lab.expectAllPings()
            // The kernel is as it was before the reconciler has said so.
            try await eventually("nothing to be done any more") {
                let model = await reconciler.model
                return model.suspects.isEmpty && model.excused.isEmpty && reconciler.problems.isEmpty
            }
            if let cause { #expect(reconciler.counters.repairs[cause, default: 0] > 0, "\(reconciler.counters)") }
        }
    }

    private func expect(_ host: Host, toBe sound: [Substring], after command: String) async throws {
        var present: [Substring] = []
        do {
            try await eventually("the kernel to be as it was after \(command)", within: .seconds(30)) {
                present = try await host.inventory()
                return present == sound
            }
        } catch {
            let (lost, found) = (Set(sound).subtracting(present), Set(present).subtracting(sound))
            Issue.record("\(command):\nlost \(lost.sorted())\nfound \(found.sorted())")
            throw error
        }
    }

    @Test func `settings are put right at the next comparison`() async throws {
        var timing = OverlayReconciler.Timing.quick
        timing.comparisonInterval = .milliseconds(100)
        let lab = try await OverlayLab(2, timing: timing)
        _ = try await lab.applyAll()
        try await lab.watching {
            let settings = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"]
            for setting in settings { try lab[1].host.sysctl(setting, "0") }
            for setting in settings {
                try await eventually("\(setting) to be 1") {
                    try Sysctl.read(path: setting, in: lab[1].host.namespace) == "1"
                }
            }
            try await lab.expectAllPings()
            #expect(lab[1].reconciler.counters.repairs[.sysctlChanged] == 2)
        }
    }

    @Test func `packets' way back is looked up only where the host asks for the strict check`() async throws {
        let lab = try await OverlayLab(1)
        let path = "net/ipv4/conf/trama.vxlan/rp_filter"
        for setting in ["all", "default"] { try lab[1].host.sysctl("net/ipv4/conf/\(setting)/rp_filter", "0") }
        #expect(try await lab[1].reconciler.apply(lab.state(1)).problems == [])
        #expect(try Sysctl.read(path: path, in: lab[1].host.namespace) == "0")
        for (all, own, expected) in [("1", "0", "2"), ("0", "1", "2"), ("2", "0", "0"), ("1", "2", "2")] {
            try lab[1].host.sysctl("net/ipv4/conf/all/rp_filter", all)
            try lab[1].host.sysctl(path, own)
            _ = try await OverlayReconciler(in: lab[1].host.namespace).apply(lab.state(1))
            #expect(try Sysctl.read(path: path, in: lab[1].host.namespace) == expected, "\(all) and \(own)")
        }
    }

    @Test func `what nobody watched is put right by the next call`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        let sound = try await lab[1].host.inventory()
        try await lab[1].host.run("sh", "-c", "ip link delete trama.vxlan; ip route flush proto 77")
        // Without a watch nobody listens to nftables; what netlink told is in the queue.
        #expect(try await lab[1].reconciler.apply(lab.state(1)).isComplete)
        #expect(try await lab[1].host.inventory() == sound)
        try await lab.expectAllPings()
    }
}
