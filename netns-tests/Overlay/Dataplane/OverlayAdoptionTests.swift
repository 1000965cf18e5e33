import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayAdoptionTests {
    /// Puts things onto a host that are not ours, some of them nearly.
    private func addForeignThings(to host: Host) async throws {
        let commands = """
            ip link add br9 type bridge; ip link set br9 up; ip addr add 10.99.0.1/24 dev br9
            ip link add tb-77 type bridge; ip link add vx9 type vxlan id 9 dstport 4789 local 10.0.1.2 nolearning
            ip link set vx9 master br9 up; bridge fdb append 00:00:00:00:00:00 dev vx9 dst 10.0.9.9
            ip link set br9 alias "somebody's overlay"
            ip route add 10.98.0.0/16 via 10.0.1.1 proto 78; ip -6 route add fd98::/64 via fd00:1::1
            ip route add 10.97.0.0/16 via 10.0.1.1 table 77; ip route add 10.96.0.0/16 dev br9 proto 77 table 78
            ip neigh add 10.99.0.9 lladdr 02:00:00:00:00:09 dev br9 nud permanent
            ip rule add from 10.97.0.0/16 lookup 77
            nft add table inet other; nft add chain inet other c '{ type filter hook forward priority 0; }'
            nft add rule inet other c ip saddr 10.1.2.3 counter drop; nft add table ip trama-overlay
            """
        try await host.run("sh", "-ec", commands)
    }

    private func expect(_ host: Host, toBe before: [Substring]) async throws {
        let after = try await host.inventory()
        let (lost, found) = (Set(before).subtracting(after), Set(after).subtracting(before))
        #expect(lost.isEmpty && found.isEmpty, "lost \(lost), found \(found)")
    }

    @Test func `what is not ours is the same before and after`() async throws {
        let lab = try await OverlayLab(2)
        let host = lab[1].host
        try await addForeignThings(to: host)
        // Settings that forwarding needs stay, and show in the addresses' flags and routes.
        for path in ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"] { try host.sysctl(path, "1") }
        let before = try await host.inventory()
        var state = lab.state(1)
        let members = state.peers.keys.sorted()
        state.networks = [.init(name: "blue", vni: 50, prefixes: [], ports: [], members: members)]
        #expect(try await lab[1].reconciler.apply(state).problems == [])
        #expect(try await lab[2].reconciler.apply(lab.state(2)).problems == [])
        try await lab.expectAllPings()
        let during = try await host.inventory()
        let missing = Set(before).subtracting(during)
        #expect(missing.isEmpty)

        let report = try await lab[1].reconciler.reset()
        #expect(report.problems == [])
        try await expect(host, toBe: before)
        // What another process left is found just so.
        _ = try await lab[1].reconciler.apply(state)
        _ = try await OverlayReconciler(in: host.namespace).reset()
        try await expect(host, toBe: before)
        #expect(try await OverlayReconciler(in: host.namespace).reset().problems == [])
        try await expect(host, toBe: before)
        // And after a reset everything can be made anew.
        #expect(try await lab[1].reconciler.apply(state).problems == [])
        try await lab.expectAllPings()
    }

    @Test func `another process takes over without changing anything`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        var state = lab.state(1)
        state.networks = [.init(name: "blue", vni: 50, prefixes: [], members: [OverlayLab.id(2)])]
        _ = try await lab[1].reconciler.apply(state)
        let index = try await lab[1].host.index(of: "trama.vxlan")
        let successor = try OverlayReconciler(in: lab[1].host.namespace)
        let report = try await successor.apply(state)
        #expect(report == OverlayReport())
        #expect(try await lab[1].host.index(of: "trama.vxlan") == index)
        #expect(successor.counters.repairs.values.allSatisfy { $0 == 0 })
    }

    @Test func `what is left of peers goes when the member list is complete, and not before`() async throws {
        let lab = try await OverlayLab(3)
        var full = lab.state(1)
        full.networks = [.init(name: "blue", vni: 50, prefixes: [], members: [OverlayLab.id(2)])]
        _ = try await lab[1].reconciler.apply(full)
        for number in 2...3 { _ = try await lab[number].reconciler.apply(lab.state(number)) }
        let inventory = try await lab[1].host.inventory()

        // A new process that has not heard of anybody yet: everything goes on.
        var state = lab.state(1)
        state.peers = [:]
        state.isComplete = false
        let successor = try OverlayReconciler(in: lab[1].host.namespace, timing: .quick)
        #expect(try await successor.apply(state).problems == [])
        let missing = Set(inventory).subtracting(try await lab[1].host.inventory())
        #expect(missing.isEmpty, "\(missing)")
        // One comes.
        state.peers[OverlayLab.id(2)] = full.peers[OverlayLab.id(2)]
        _ = try await successor.apply(state)
        try await eventually("a ping to be answered") { await lab.pings(1, 2, .ipv4) }
        state.isComplete = true
        let report = try await successor.apply(state)
        #expect(report.problems == [])
        #expect(successor.counters.repairs.values.allSatisfy { $0 == 0 })
        let gone = Set(inventory).subtracting(try await lab[1].host.inventory())
        #expect(gone.contains { $0.contains("10.32.3.0/24") }, "\(gone)")
        #expect(try await lab[1].host.network.link(named: "tb-50") == nil)
        try await eventually("a ping to be answered") { await lab.pings(1, 2, .ipv4) }
        #expect(await !lab.pings(1, 3, .ipv4))
    }

    @Test func `links and routes of others that are in the way are told, and the rest goes on`() async throws {
        let lab = try await OverlayLab(2)
        try await lab[1].host.run("ip", "link", "add", "tb-50", "type", "bridge")
        try await lab[1].host.run("ip", "route", "add", "10.32.2.0/24", "via", "10.0.1.1", "proto", "static")
        let before = try await lab[1].host.inventory()
        var state = lab.state(1)
        state.networks = [.init(name: "blue", vni: 50, prefixes: [], members: [OverlayLab.id(2)])]
        let report = try await lab[1].reconciler.apply(state)
        _ = try await lab[2].reconciler.apply(lab.state(2))
        #expect(report.problems.map(\.object) == ["link tb-50", "route 10.32.2.0/24"])
        #expect(report.problems.last?.reason.contains("is not ours") == true)
        let missing = Set(before).subtracting(try await lab[1].host.inventory())
        #expect(missing.isEmpty)
        try await eventually("a ping to be answered") { await lab.pings(2, 1, .ipv6) }
        try await lab.watching {
            try await lab[1].host.run("ip", "route", "del", "10.32.2.0/24")
            try await lab[1].host.run("ip", "link", "del", "tb-50")
            try await eventually("nothing in the way") { lab[1].reconciler.problems.isEmpty }
            try await lab.expectAllPings()
        }
    }

    @Test func `a host that learnt its routers keeps them when it forwards`() async throws {
        let lab = try await OverlayLab(1)
        let host = lab[1].host
        func setting(_ link: String, _ name: String) throws -> String {
            try Sysctl.read(path: "net/ipv6/conf/\(link)/\(name)", in: host.namespace)
        }
        try await host.run("ip", "link", "add", "own", "type", "bridge")
        try await host.run("ip", "link", "add", "router", "type", "bridge")
        try host.sysctl("net/ipv6/conf/all/forwarding", "0")
        for link in ["eth0", "own", "router", "pod1"] { try host.sysctl("net/ipv6/conf/\(link)/accept_ra", "1") }
        try host.sysctl("net/ipv6/conf/own/accept_ra", "0")
        try host.sysctl("net/ipv6/conf/router/forwarding", "1")
        // Without IPv6 nothing forwards it.
        var state = lab.state(1)
        state.node.prefixes.removeAll { $0.family == .ipv6 }
        state.node.clusterRanges.removeAll { $0.family == .ipv6 }
        state.pods = []
        #expect(try await lab[1].reconciler.apply(state).problems == [])
        #expect(try setting("eth0", "accept_ra") == "1")
        #expect(try setting("all", "forwarding") == "0")
        #expect(try await lab[1].reconciler.apply(lab.state(1)).problems == [])
        #expect(try setting("all", "forwarding") == "1")
        #expect(try setting("eth0", "accept_ra") == "2")
        #expect(try setting("own", "accept_ra") == "0")
        #expect(try setting("router", "accept_ra") == "1")
        #expect(try setting("pod1", "accept_ra") == "1")
    }

    @Test func `a link of another that has our device's name stays as it is`() async throws {
        let lab = try await OverlayLab(2)
        let foreign = """
            ip link add trama.vxlan type vxlan id 77 dstport 4789 local 10.0.1.2; ip link set trama.vxlan up
            ip addr add 10.99.0.1/24 dev trama.vxlan; ip addr add fd99::1/64 dev trama.vxlan nodad
            ip neigh add 10.99.0.2 lladdr 02:00:00:00:00:09 dev trama.vxlan nud permanent
            bridge fdb append 00:00:00:00:00:00 dev trama.vxlan dst 10.0.9.9
            """
        try await lab[1].host.run("sh", "-ec", foreign)
        // Settings that forwarding needs stay, and show in the addresses' flags and routes.
        for path in ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"] { try lab[1].host.sysctl(path, "1") }
        let before = try await lab[1].host.inventory()
        let report = try await lab[1].reconciler.apply(lab.state(1))
        #expect(
            report.problems.contains { $0.object == "link trama.vxlan" && $0.reason.contains("rename or delete it") }
        )
        let missing = Set(before).subtracting(try await lab[1].host.inventory())
        #expect(missing.isEmpty, "\(missing)")
        _ = try await lab[2].reconciler.apply(lab.state(2))
        try await lab.watching {
            try await lab[1].host.run("ip", "link", "del", "trama.vxlan")
            try await lab.expectAllPings()
            try await eventually("nothing in the way") { lab[1].reconciler.problems.isEmpty }
        }
    }

    @Test func `a device that is not as it must be is made anew, with everything on it`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        // The VNI changes: a device cannot.
        for number in 1...2 {
            var state = lab.state(number)
            state.node.vni = 4711
            #expect(try await lab[number].reconciler.apply(state).problems == [])
        }
        try await lab.expectAllPings()
        for member in lab.members { #expect(member.reconciler.counters.repairs.values.allSatisfy { $0 == 0 }) }
    }
}
