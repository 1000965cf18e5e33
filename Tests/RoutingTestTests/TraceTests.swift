import Addressing
import NFTables
import Testing

@testable import RoutingTest

@Suite struct TraceTests {
    /// Bodies of messages that Linux 6.18 sent of a datagram from 127.0.0.1:4000 to 127.0.0.2:99, which a rule of chain `e`
    /// of table `t` sends to chain `d`, whose rule drops it.
    private static let gotoRule = """
        02000000 08000f0000000002 0800040000000003 080006009b3fd752 0600020065000000 0600010074000000
        0c0003000000000000000006 14000500 08000100fffffffc 0600020064000000 08000c0000000001 06000d0003040000
        18000800 4500001dfd90400040113f3c7f0000017f000002 0d000900 0fa000630009fe1d3f000000
        """
    private static let dropRule = """
        02000000 08000f0000000002 0800040000000003 080006009b3fd752 0600020064000000 0600010074000000
        0c0003000000000000000005 0c000500 0800010000000000
        """
    private static let policy = """
        02000000 08000f0000000002 0800040000000001 080006009b3fd752 0600020063000000 0600010074000000
        0800100000000001
        """

    private func read(_ hex: String) throws -> TraceEvent? {
        let digits = hex.filter { !$0.isWhitespace }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
        }
        return try TraceEvent(body: bytes.span.bytes)
    }

    @Test func `the kernel's messages are read`() throws {
        let step = try #require(try read(Self.gotoRule))
        #expect(step.kind == .rule && step.table == "t" && step.chain == "e" && step.ruleHandle == 6)
        #expect(step.decision == .goto("d"))
        #expect(
            step.packet
                == TraceEvent.Packet(
                    source: .v4(0x7f00_0001),
                    sourcePort: 4000,
                    destination: .v4(0x7f00_0002),
                    destinationPort: 99
                )
        )
        let drop = try #require(try read(Self.dropRule))
        #expect(drop.decision == .drop && drop.packet == nil && drop.packetID == step.packetID)
        let policy = try #require(try read(Self.policy))
        #expect(policy.kind == .policy && policy.decision == .accept && policy.chain == "c")
    }

    @Test func `messages that are cut off are errors, never traps`() throws {
        let digits = Self.gotoRule.filter { !$0.isWhitespace }
        for count in stride(from: 0, to: digits.count, by: 2) {
            _ = try? read(String(digits.prefix(count)))
        }
        #expect(TraceEvent.Packet(network: [0x45, 0, 0], transport: [1, 2, 3, 4]) == nil)
        #expect(TraceEvent.Packet(network: [UInt8](repeating: 0x60, count: 39), transport: [1, 2, 3, 4]) == nil)
    }

    // MARK: In words

    private func text(_ steps: [TraceEvent], from port: UInt16 = 4000) throws -> [String] {
        let file = try TestFile.of(
            """
            nodes: [a]
            pods: [{name: web, node: a}, {name: client, node: a}]
            flows: [{from: client, to: "10.96.0.10:80", expect: web}]
            """
        )
        let plan = NetworkPlan(file)
        let flow = try #require(try FlowCases.resolve(file, plan, []).first)
        var table = Snapshot(
            generation: 1,
            table: Table(id: TableID(family: .ip, name: "trama"))
        )
        table.rules["check-unserved"] = [
            InstalledRule(
                handle: 7,
                rule: Rule(
                    NFTables.Expression.load([.destinationAddress(.ipv4), .transportProtocol, .destinationPort])
                        + [.lookup(.word(0), in: "no-endpoints", into: .verdict)]
                )
            )
        ]
        table.rules["reject-connection"] = [InstalledRule(handle: 8, rule: Rule([.reject(.tcpReset)]))]
        var key = RegisterValue(IPAddress.v4(0x0a60_000a))
        key.append(TransportProtocol.tcp)
        key.append(networkOrder: 80)
        table.elements["no-endpoints"] = [Element(key, value: .verdict(.drop), comment: "default/web:http")]
        return TraceText(flow, plan, table).lines(steps, from: port)
    }

    private func begin(_ id: UInt32, from port: UInt16, to destination: IPAddress) -> TraceEvent {
        let packet = TraceEvent.Packet(
            source: .v4(0x0af4_010b),
            sourcePort: port,
            destination: destination,
            destinationPort: 80
        )
        return TraceEvent(
            packetID: id,
            kind: .rule,
            table: TraceSocket.tableName,
            chain: "prerouting",
            decision: .next,
            packet: packet
        )
    }

    @Test func `the rule that refused is told with its element`() throws {
        let steps = [
            begin(1, from: 3999, to: .v4(0x0a60_000a)),
            begin(2, from: 4000, to: .v4(0x0a60_000a)),
            TraceEvent(packetID: 2, kind: .policy, table: "trama", chain: "services-prerouting", decision: .accept),
            TraceEvent(
                packetID: 2,
                kind: .rule,
                table: "trama",
                chain: "check-unserved",
                ruleHandle: 7,
                decision: .goto("reject-connection")
            ),
            TraceEvent(
                packetID: 2,
                kind: .rule,
                table: "trama",
                chain: "reject-connection",
                ruleHandle: 8,
                decision: .drop
            ),
            // A later packet in the same memory.
            begin(2, from: 4000, to: .v4(0x0a60_000a)),
            TraceEvent(packetID: 2, kind: .rule, table: "other", chain: "x", ruleHandle: 1, decision: .drop),
        ]
        #expect(
            try text(steps) == [
                "packet 10.244.1.11:4000 → 10.96.0.10:80",
                "services-prerouting: no element of frontends for 10.96.0.10 . tcp . 80",
                "check-unserved rule 1: element of no-endpoints { 10.96.0.10 . tcp . 80, default/web:http }: "
                    + "the Service has no endpoint here → goto reject-connection",
                "reject-connection rule 1: refuses with a TCP reset",
            ]
        )
        #expect(try text(steps, from: 5000).isEmpty)
    }

    @Test func `somebody else's rule is told with its table`() throws {
        let steps = [
            begin(1, from: 4000, to: .v4(0x0a60_000a)),
            TraceEvent(packetID: 1, kind: .rule, table: "firewall", chain: "input", ruleHandle: 4, decision: .drop),
        ]
        #expect(try text(steps).last == "table firewall, chain input → drop")
    }
}
