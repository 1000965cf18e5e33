import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

/// Random changes of the state, and random damage to the kernel, at once.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayTamperingTests {
    /// What somebody may do to host 1, most of it to objects that may not be there at the moment.
    private static let damages = [
        "ip link delete trama.vxlan", "ip link set trama.vxlan down", "ip link set trama.vxlan up",
        "ip link set trama.vxlan mtu 1280", "ip link set trama.vxlan name stolen",
        "ip link set trama.vxlan address 02:00:00:00:00:66", "ip link set trama.vxlan alias none",
        "ip link set trama.vxlan type vxlan id 6784 learning",
        "ip link add trama.vxlan type vxlan id 77 dstport 4789", "ip link delete tb-7", "ip link delete tv-7",
        "ip link set tv-7 nomaster", "ip link set tb-7 down", "ip link set trama.wg down", "ip link set trama.wg up",
        "ip addr flush dev trama.vxlan", "ip addr add 10.32.1.0/24 dev trama.vxlan",
        "ip addr add 10.88.0.1/16 dev trama.vxlan", "ip addr del 10.32.1.0/32 dev trama.wg",
        "ip route flush proto 77", "ip -6 route flush proto 77", "ip route del 10.32.2.0/24",
        "ip route replace 10.32.3.0/24 dev trama.vxlan proto 77", "ip route replace blackhole 10.32.4.0/24",
        "ip route replace unreachable 10.32.4.0/24 proto 77", "ip route add 10.32.77.0/24 dev eth0 proto 77",
        "ip route append 10.32.2.0/24 dev eth0 proto 77", "ip -6 route append fd32:0:0:3::/64 dev eth0 proto 77",
        "ip -6 route replace unreachable fd32:0:0:3::/64 proto 77", "ip -6 route del fd32:0:0:2::/64",
        "ip neigh flush dev trama.vxlan nud permanent",
        "ip neigh replace 10.32.2.0 lladdr 02:00:00:00:00:66 dev trama.vxlan nud permanent",
        "ip neigh replace 10.32.66.0 lladdr 02:00:00:00:00:66 dev trama.vxlan nud permanent",
        "bridge fdb flush dev trama.vxlan", "bridge fdb replace 02:00:00:00:00:66 dev trama.vxlan dst 10.0.66.2",
        "bridge fdb append 00:00:00:00:00:00 dev tv-7 dst 10.0.66.2", "bridge fdb flush dev tv-7",
        "ip link set pod1 down; ip link set pod1 up", "nft flush ruleset",
        "nft flush chain inet trama-overlay overlay-output", "nft flush set inet trama-overlay tunnel-sources-4",
        "nft add element inet trama-overlay bridges '{ \"eth0\" }'", "ip link set pod1 group 5",
        "nft add chain inet trama-overlay more '{ type filter hook input priority 5; }'",
    ]

    /// A state of host 1 with some peers, that do not answer.
    private static func state(_ lab: OverlayLab, _ random: inout SeededGenerator) -> OverlayState {
        var state = lab.state(1)
        state.node.wireGuardDevice = "trama.wg"
        state.peers = [:]
        for number in random.some(Array(2...6)) {
            var record = PeerRecord(
                id: OverlayLab.id(number),
                name: "h\(number)",
                prefixes: OverlayLab.prefixes(number)
            )
            record.endpoints = [.v4(0x0a00_0002 + UInt32(random.chance(90) ? number : number + 10) << 8)]
            if random.chance(10) { record.prefixes = OverlayLab.prefixes(9) }
            let ways: [PeerRoute] = [
                .vxlan(mtu: 1450), .vxlan(mtu: 1300), .wireGuard(mtu: 1400), .direct, .unreachable,
                .relay(OverlayLab.id(2), over: .vxlan, mtu: 1400),
            ]
            state.peers[record.id] = .init(record: record, route: random.pick(ways))
        }
        if random.chance(50) {
            let members = state.peers.keys.sorted()
            state.networks = [.init(name: "seven", vni: 7, prefixes: [], ports: ["net7"], members: members)]
        }
        return state
    }

    @Test func `whatever is done, in the end all is as it should be`() async throws {
        for number in 0..<4 {
            let seed = SeededGenerator.seed &+ UInt64(number)
            do {
                try await run(SeededGenerator(seed: seed))
            } catch {
                Issue.record("TRAMA_SEED=\(seed): \(error)")
            }
        }
    }

    private func run(_ generator: SeededGenerator) async throws {
        var random = generator
        let lab = try await OverlayLab(1)
        let host = lab[1].host
        let (far, port) = (try await Host.make("far"), try await Host.make("port"))
        try await Host.join(far, "e", host, "trama.wg")
        try await Host.join(port, "e", host, "net7")
        var state = Self.state(lab, &random)
        _ = try await lab[1].reconciler.apply(state)
        try await lab.watching {
            for _ in 0..<12 {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let command = random.pick(Self.damages)
                    _ = try await host.run("sh", "-c", "\(command) 2>/dev/null; true")
                }
                guard random.chance(50) else { continue }
                state = Self.state(lab, &random)
                _ = try await lab[1].reconciler.apply(state)
            }
            // What was put where nothing of ours was is not ours.
            let end =
                "ip link set trama.wg up; ip link set pod1 up; ip route del blackhole 10.32.4.0/24 proto boot; true"
            _ = try await host.run("sh", "-c", "(\(end)) 2>/dev/null")
            var (before, after): ([Substring], [Substring]) = ([], [])
            do {
                // The same as on a host where nothing was ever done to it.
                after = try await expectation(of: state)
                try await eventually("the kernel to be as on a fresh host", within: .seconds(60)) {
                    before = try await inventory(host)
                    return before == after
                }
            } catch {
                let (lost, found) = (Set(after).subtracting(before), Set(before).subtracting(after))
                let problems = lab[1].reconciler.problems
                throw NeverHappened(
                    what: "\(error)\nlost \(lost.sorted())\nfound \(found.sorted())\nproblems \(problems)",
                    limit: .zero
                )
            }
        }
    }

    /// What a host has that was made for the state at once.
    private func expectation(of state: OverlayState) async throws -> [Substring] {
        let lab = try await OverlayLab(1)
        let (far, port) = (try await Host.make("far"), try await Host.make("port"))
        try await Host.join(far, "e", lab[1].host, "trama.wg")
        try await Host.join(port, "e", lab[1].host, "net7")
        _ = try await lab[1].reconciler.apply(state)
        return try await inventory(lab[1].host)
    }

    /// What is ours of a host.
    private func inventory(_ host: Host) async throws -> [Substring] {
        // Of the pod's link only its group is ours.
        let group = try await host.network.link(named: "pod1")?.group.map { "group \($0)"[...] }
        return try await host.inventory().filter { line in
            if line.hasPrefix("nft") { return true }
            if line.hasPrefix("ip -d -o") { return line.contains("vxlan id") || line.contains("alias trama") }
            if line.contains("dev eth0 "), !line.contains("proto 77") { return false }
            return ["proto 77", "trama.vxlan", "tv-7", "tb-7", "permanent", "stolen"].contains { line.contains($0) }
                && !line.contains("33:33:") && !line.contains("01:00:5e") && !line.contains("fe80::")
                && !line.contains("learn") && !line.contains("dev net7") && !line.contains("dev pod1 master")
        } + [group ?? ""]
    }
}
