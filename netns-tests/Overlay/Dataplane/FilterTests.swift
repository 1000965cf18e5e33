import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayFilterTests {
    /// An echo request for host 1's pod in a VXLAN packet, as a UDP payload.
    private func injection(from source: IPAddress, to lab: OverlayLab) -> [UInt8] {
        var ip: [UInt8] = [0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0] + source.networkBytes
        ip += lab[1].podAddress(.ipv4).networkBytes
        func sum(_ bytes: [UInt8]) -> [UInt8] {
            var total = stride(from: 0, to: bytes.count, by: 2).reduce(UInt32(0)) {
                $0 + UInt32(bytes[$1]) << 8 + UInt32(bytes[$1 + 1])
            }
            while total > 0xffff { total = total & 0xffff + total >> 16 }
            let complement = ~UInt16(truncatingIfNeeded: total)
            return [UInt8(complement >> 8), UInt8(truncatingIfNeeded: complement)]
        }
        ip.replaceSubrange(10..<12, with: sum(ip))
        var echo: [UInt8] = [8, 0, 0, 0, 0, 1, 0, 1]
        echo.replaceSubrange(2..<4, with: sum(echo))
        let vni = UInt32(6784)
        let header: [UInt8] = [8, 0, 0, 0, 0, UInt8(vni >> 8), UInt8(vni & 255), 0]
        let ethernet = OverlayLab.id(1).tunnelLinkAddress + OverlayLab.id(2).tunnelLinkAddress + [8, 0]
        return header + ethernet + ip + echo
    }

    @Test func `ranges of a host that grow and shrink with gaps are always taken`() async throws {
        let lab = try await OverlayLab(1)
        var state = lab.state(1)
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        for round in 0..<40 {
            // Every other block at most touches another one: each is an interval with two bounds.
            let blocks = (0..<32).filter { _ in Bool.random(using: &generator) }
            state.node.prefixes = blocks.compactMap { IPPrefix("10.32.\($0 / 16).\($0 % 16 * 16)/28") }
            let problems = try await lab[1].reconciler.apply(state).problems
            #expect(problems == [], "round \(round), TRAMA_SEED=\(SeededGenerator.seed)")
        }
    }

    @Test(arguments: [true, false])
    func `a pod cannot send into a tunnel as its host, not by a Service either`(masquerades: Bool) async throws {
        let lab = try await OverlayLab(2)
        for number in 1...2 {
            var state = lab.state(number)
            state.node.wireGuardDevice = "trama.wg"
            state.node.masquerades = masquerades
            #expect(try await lab[number].reconciler.apply(state).problems == [])
        }
        try await lab.expectAllPings()
        try await lab[2].host.run("ip", "link", "add", "trama.wg", "type", "bridge")
        try await lab[2].host.run("ip", "link", "set", "trama.wg", "up")
        let service = """
            table ip service {
                chain one { type nat hook prerouting priority -100
                    ip daddr 10.96.0.1 udp dport 53 dnat to 10.0.1.2:6784
                    ip daddr 10.96.0.2 udp dport 53 dnat to 10.0.2.2:6784
                }
                chain two { type nat hook postrouting priority 90
                    ip saddr 10.32.0.0/12 ip daddr != 10.32.0.0/12 masquerade
                }
            }
            """
        try await lab[2].host.run("nft", "-f", "-", input: service)
        var reconciled = lab.state(2)
        reconciled.node.wireGuardDevice = "trama.wg"
        reconciled.node.masquerades = masquerades
        #expect(try await lab[2].reconciler.apply(reconciled).problems == [])
        let before = try await received(lab)
        let payload = injection(from: lab[2].podAddress(.ipv4), to: lab)
        let inside = OverlayLab.id(1).wireGuardAddress
        let targets = [
            SocketAddress(lab.endpoint(1), 6784), SocketAddress(.v4(0x0a60_0001), 53),
            SocketAddress(.v4(0x0a60_0002), 53), SocketAddress(inside, 6784), SocketAddress(inside, 6785),
        ]
        for (number, target) in targets.enumerated() {
            let socket = try TestSocket(.udp, target.address.family, in: lab[2].pod.namespace)
            try socket.send(payload, to: target)
            try await eventually("the packet to \(target.text) to be counted") {
                try await lab[2].reconciler.drops().injection == UInt64(number + 1)
            }
        }
        #expect(try await received(lab) == before)
        // Outside of the cluster the port is like any other.
        let server = try TestSocket(.udp, .ipv4, in: lab.underlay.router.namespace)
        try server.bind(port: 6784)
        try server.setTimeout(.seconds(10))
        let client = try TestSocket(.udp, .ipv4, in: lab[2].pod.namespace)
        try client.send("hello", to: SocketAddress(.v4(0x0a00_0201), 6784))
        #expect(try server.receive().text == "hello")
    }

    @Test func `what a pod sent to an address goes no further once that is a peer's`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab[1].reconciler.apply(lab.state(1))
        var state = lab.state(2)
        state.peers = [:]
        _ = try await lab[2].reconciler.apply(state)
        // A connection that began while host 2 knew nothing of host 1, and one to host 2 itself from before all rules.
        let socket = try TestSocket(.udp, .ipv4, in: lab[2].pod.namespace)
        let payload = injection(from: lab[2].podAddress(.ipv4), to: lab)
        let before = try await received(lab)
        try await eventually("the packet to get there") {
            try socket.send(payload, to: SocketAddress(lab.endpoint(1), 6784))
            return try await received(lab) != before
        }
        _ = try await lab[2].reconciler.apply(lab.state(2))
        let after = try await received(lab)
        for _ in 0..<5 { try socket.send(payload, to: SocketAddress(lab.endpoint(1), 6784)) }
        try await eventually("the packets to be counted") {
            try await lab[2].reconciler.drops().injection == 5
        }
        #expect(try await received(lab) == after)
        #expect(lab[2].reconciler.problems == [])
    }

    @Test func `a pod reaches the tunnel of its own host neither, also where its packets are not tracked`() async throws
    {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        let payload = injection(from: lab[2].podAddress(.ipv4), to: lab)
        let socket = try TestSocket(.udp, .ipv4, in: lab[2].pod.namespace)
        try socket.send(payload, to: SocketAddress(lab.endpoint(2), 6784))
        let untracking = "table ip raw { chain untracking { type filter hook prerouting priority -310; notrack; }; }"
        try await lab[2].host.run("nft", "-f", "-", input: untracking + "\n")
        try socket.send(payload, to: SocketAddress(lab.endpoint(2), 6784))
        try await eventually("both to be counted") { try await lab[2].reconciler.drops().injection == 2 }
    }

    /// What the pod counts of ICMP.
    private func received(_ lab: OverlayLab) async throws -> [Substring] {
        let counters = try await lab[1].pod.run("cat", "/proc/net/snmp")
        return counters.split(separator: "\n").filter { $0.hasPrefix("IcmpMsg") }
    }

    @Test(arguments: [true, false])
    func `frames of a stranger do not reach a pod, and are counted`(masquerades: Bool) async throws {
        let lab = try await OverlayLab(3)
        var state = lab.state(1)
        state.node.masquerades = masquerades
        // Host 3 is a stranger.
        state.peers[OverlayLab.id(3)] = nil
        _ = try await lab[1].reconciler.apply(state)
        // A Service may lead to the tunnel.
        let service = """
            table ip service {
                chain one { type nat hook prerouting priority -100
                    ip daddr 10.0.1.2 udp dport 5353 dnat to 10.0.1.2:6784
                }
            }
            """
        try await lab[1].host.run("nft", "-f", "-", input: service)
        let target = SocketAddress(lab.endpoint(1), 6784)
        let payload = injection(from: lab[2].podAddress(.ipv4), to: lab)
        let before = try await received(lab)
        for number in [3, 2] {
            let socket = try TestSocket(.udp, .ipv4, in: lab[number].host.namespace)
            for _ in 0..<5 { try socket.send(payload, to: target) }
            if number == 3 {
                for _ in 0..<2 { try socket.send(payload, to: SocketAddress(lab.endpoint(1), 5353)) }
                try await eventually("the stranger's packets to be counted") {
                    try await lab[1].reconciler.drops().unknownTunnelSource == 7
                }
                #expect(try await received(lab) == before)
            }
        }
        // The same from a peer gets through: it was the sender that was refused.
        try await eventually("the peer's packets to arrive") { try await received(lab) != before }
        #expect(try await lab[1].reconciler.drops().unknownTunnelSource == 7)
    }

    @Test func `counts go on when the table is made anew`() async throws {
        let lab = try await OverlayLab(3)
        var state = lab.state(1)
        state.peers[OverlayLab.id(3)] = nil
        _ = try await lab[1].reconciler.apply(state)
        let socket = try TestSocket(.udp, .ipv4, in: lab[3].host.namespace)
        func send() throws { try socket.send([8, 0, 0, 0], to: SocketAddress(lab.endpoint(1), 6784)) }
        try send()
        try await eventually("one drop") { try await lab[1].reconciler.drops().unknownTunnelSource == 1 }
        state.node.masquerades = false
        _ = try await lab[1].reconciler.apply(state)
        #expect(try await lab[1].reconciler.drops().unknownTunnelSource == 1)
        try send()
        try await eventually("two drops") { try await lab[1].reconciler.drops().unknownTunnelSource == 2 }
    }

    @Test(arguments: [true, false])
    func `a pod cannot send from another's address`(masquerades: Bool) async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        // As an earlier version left it.
        try await lab[1].host.run("ip", "link", "set", "pod1", "group", "0")
        var state = lab.state(1)
        state.node.masquerades = masquerades
        _ = try await OverlayReconciler(in: lab[1].host.namespace).apply(state)
        _ = try await lab[1].reconciler.apply(state)
        try await lab.expectAllPings()
        for (address, length) in [("10.32.1.6", "32"), ("fd32:0:0:1::6", "128"), ("10.32.2.6", "32")] {
            try await lab[1].pod.addAddress("\(address)/\(length)", to: "eth0")
            let target = lab[2].podAddress(address.contains(":") ? .ipv6 : .ipv4)
            let before = try await lab[1].reconciler.drops().spoofedSource
            let arguments = ["ping", "-c", "1", "-W", "1", "-I", address, target.description]
            await #expect(throws: Program.Failure.self) {
                _ = try await Program.run(arguments, in: lab[1].pod.namespace.duplicate())
            }
            #expect(try await lab[1].reconciler.drops().spoofedSource > before)
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `a pod has the host's address outside of the cluster, and never a tunnel's port`(
        family: IPFamily
    ) async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        // The router is the world: it knows no way to pods.
        let outside = try #require(IPAddress(family == .ipv4 ? "10.0.1.1" : "fd00:1::1"))
        let server = try TestSocket(.udp, family, in: lab.underlay.router.namespace)
        try server.bind(port: 5000)
        try server.setTimeout(.seconds(10))
        for port in [UInt16(6784), 6783, 40_000] {
            let client = try TestSocket(.udp, family, in: lab[1].pod.namespace)
            try client.bind(port: port)
            try client.setTimeout(.seconds(10))
            try client.send("hello", to: SocketAddress(outside, 5000))
            let (text, sender) = try server.receive()
            #expect(text == "hello")
            #expect(sender.address == IPAddress(family == .ipv4 ? "10.0.1.2" : "fd00:1::2"))
            #expect(sender.port > 6784)
            try server.send("back", to: sender)
            #expect(try client.receive().text == "back")
        }
        try await eventually("a ping to be answered") { await OverlayLab.pings(lab[1].pod, outside) }
        // Inside of the cluster it keeps its own.
        let pod = try TestSocket(.udp, family, in: lab[2].pod.namespace)
        try pod.bind(port: 5000)
        try pod.setTimeout(.seconds(10))
        let client = try TestSocket(.udp, family, in: lab[1].pod.namespace)
        try client.send("hello", to: SocketAddress(lab[2].podAddress(family), 5000))
        #expect(try pod.receive().from.address == lab[1].podAddress(family))
    }

    @Test func `nft lists the table, and would load it`() async throws {
        let lab = try await OverlayLab(2)
        for encryption in EncryptionPolicy.allCases {
            var state = lab.state(1)
            state.node.encryption = encryption
            state.node.wireGuardDevice = "trama.wg"
            state.networks = [.init(name: "blue", vni: 50, prefixes: [], ports: [], members: [OverlayLab.id(2)])]
            _ = try await lab[1].reconciler.apply(state)
            let listing = try await lab[1].host.run("nft", "list", "table", "inet", "trama-overlay")
            #expect(listing.contains("fully-random"))
            let other = try await Host.make("other")
            try await other.run("nft", "-f", "-", input: listing)
            let again = try await other.run("nft", "list", "table", "inet", "trama-overlay")
            #expect(again == listing)
        }
    }

    @Test func `tunnel packets are not tracked`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        let server = try TestSocket(.udp, .ipv4, in: lab[2].pod.namespace)
        try server.bind(port: 5000)
        try server.setTimeout(.seconds(10))
        let client = try TestSocket(.udp, .ipv4, in: lab[1].pod.namespace)
        try client.send("hello", to: SocketAddress(lab[2].podAddress(.ipv4), 5000))
        _ = try server.receive()
        for member in lab.members {
            // What is inside is tracked, as the rules for masquerading need it.
            let tracking = try ConntrackConnection(in: member.host.namespace)
            let flows = try await tracking.flows(FlowFilter(family: .ipv4, transport: .udp))
            #expect(flows.map(\.original.destinationPort) == [5000])
        }
    }
}
