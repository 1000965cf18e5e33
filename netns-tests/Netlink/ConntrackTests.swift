import Addressing
import Glibc
import Netlink
import Synchronization
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(2)))
struct ConntrackTests {
    /// Puts flows into the namespace's table, as `conntrack -I` does.
    static func insert(_ flows: some Collection<Flow>, in namespace: borrowing NetworkNamespace) throws {
        var socket = try NetlinkSocket(.netfilter, in: namespace)
        try socket.setBuffers(send: 1 << 20, receive: 4 << 20)
        var rest = flows[...]
        while !rest.isEmpty {
            let batch = rest.prefix(1000)
            rest = rest.dropFirst(1000)
            let sequences = socket.nextSequences(count: batch.count)
            var messages = MessageWriter(capacity: 256 << 10)
            for (flow, sequence) in zip(batch, sequences) {
                // IPCTNL_MSG_CT_NEW of NFNL_SUBSYS_CTNETLINK
                messages.message(type: 0x100, flags: [.create, .exclusive, .acknowledge], sequence: sequence) {
                    flow.encode(into: &$0)
                }
            }
            let reply = try messages.withUnsafeBytes {
                try socket.exchange("insert flows", $0, sequences: sequences)
            }
            if let failure = reply.failures.first?.failure(of: "insert a flow") { throw failure }
        }
    }

    static func flow(
        _ transport: TransportProtocol,
        _ source: IPAddress,
        _ destination: IPAddress,
        port: UInt16,
        zone: UInt16 = 0
    ) -> Flow {
        let tuple = Flow.Tuple(source: source, destination: destination, sourcePort: 4000, destinationPort: port)
        return Flow(
            transport: transport,
            original: tuple,
            reply: tuple.reversed,
            // The kernel refuses to make an entry that is not confirmed (EBUSY).
            status: [.seenReply, .assured, .confirmed],
            mark: 7,
            zone: zone,
            timeout: 600
        )
    }

    static let six = IPAddress.v6(high: 0xfd00_0000_0000_0000, low: 9)
    static let samples = [
        flow(.udp, .v4(1), .v4(0x0a00_0001), port: 53),
        flow(.udp, .v4(2), .v4(0x0a00_0002), port: 53),
        flow(.udp, .v4(3), .v4(0x0a00_0002), port: 54),
        flow(.udp, .v4(3), .v4(0x0a00_0002), port: 54, zone: 3),
        flow(.udp, six, six, port: 53),
    ]

    @Test(
        arguments: [
            (FlowFilter(family: .ipv4), [0, 1, 2, 3]),
            (FlowFilter(family: .ipv6), [4]),
            (FlowFilter(family: .ipv4, transport: .tcp), []),
            (FlowFilter(family: .ipv4, transport: .udp), [0, 1, 2, 3]),
            (FlowFilter(family: .ipv4, transport: .udp, originalDestinationPort: 53), [0, 1]),
            (FlowFilter(family: .ipv4, originalDestination: .v4(0x0a00_0002)), [1, 2, 3]),
            (FlowFilter(family: .ipv4, status: .assured), [0, 1, 2, 3]),
            (FlowFilter(family: .ipv4, status: .destinationTranslated), []),
            (FlowFilter(family: .ipv6, transport: .udp, originalDestination: six, originalDestinationPort: 53), [4]),
            (FlowFilter(family: .ipv6, transport: .udp, originalDestinationPort: 54), []),
            (FlowFilter(family: .ipv6, originalDestination: .v6(high: 1, low: 1)), []),
        ]
    )
    func `a filter gives the flows that match it`(_ filter: FlowFilter, expected: [Int]) async throws {
        let host = try await Host.make("a")
        try Self.insert(Self.samples, in: host.namespace)
        let connection = try ConntrackConnection(in: host.namespace)
        let flows = try await connection.flows(filter)
        let key = { (flow: Flow) in "\(flow) zone \(flow.zone)" }
        #expect(flows.map(key).sorted() == expected.map { key(Self.samples[$0]) }.sorted())
        for flow in flows {
            #expect(flow.mark == 7)
            #expect(flow.status.isSuperset(of: [.seenReply, .assured, .confirmed]))
            #expect(flow.id != nil)
        }
    }

    @Test func `a flow is deleted, and only in its zone`() async throws {
        let host = try await Host.make("a")
        try Self.insert(Self.samples, in: host.namespace)
        let connection = try ConntrackConnection(in: host.namespace)
        let zoned = try #require(try await connection.flows(FlowFilter(family: .ipv4)) { $0.zone == 3 }.first)
        try await connection.delete(zoned)
        let left = try await connection.flows(FlowFilter(family: .ipv4))
        #expect(left.count == 3)
        #expect(left.allSatisfy { $0.zone == 0 })
    }

    @Test func `deleting a flow that is gone is success`() async throws {
        let host = try await Host.make("a")
        let connection = try ConntrackConnection(in: host.namespace)
        try await connection.delete(Self.samples[0])
        #expect(try await connection.delete(Self.samples) == 0)
    }

    @Test func `an entry that was replaced since it was listed is left alone`() async throws {
        let host = try await Host.make("a")
        try Self.insert(Self.samples[..<1], in: host.namespace)
        let connection = try ConntrackConnection(in: host.namespace)
        var flow = try #require(try await connection.flows(FlowFilter(family: .ipv4)).first)
        flow.id = flow.id.map { ~$0 }
        #expect(try await connection.delete([flow]) == 0)
        #expect(try await connection.flows(FlowFilter(family: .ipv4)).count == 1)
    }

    @Test func `a flow translated by a packet is told from its tuples`() async throws {
        let lab = try await Lab(hosts: "a", "b")
        try await lab.router.run(
            "nft",
            "-f",
            "-",
            input: """
                table ip nat {
                  chain pre { type nat hook prerouting priority dstnat; ip daddr 10.96.0.1 udp dport 53 dnat to 10.0.2.2:80; }
                }
                """
        )
        let server = try Server(on: lab["b"], .udp, port: 80, family: .ipv4)
        let answer = try await lab["a"].ask(.v4(0x0a60_0001), .udp, port: 53, sourcePort: 5000)
        #expect(answer.server == "b")
        let connection = try ConntrackConnection(in: lab.router.namespace)
        let filter = FlowFilter(
            family: .ipv4,
            transport: .udp,
            originalDestination: .v4(0x0a60_0001),
            originalDestinationPort: 53,
            status: .destinationTranslated
        )
        let flow = try #require(try await connection.flows(filter).first)
        #expect(flow.description == "UDP 10.0.1.2:5000 -> 10.96.0.1:53")
        #expect(flow.reply.source == .v4(0x0a00_0202))
        #expect(flow.reply.sourcePort == 80)
        #expect(try await connection.delete([flow]) == 1)
        #expect(try await connection.flows(filter).isEmpty)
        withExtendedLifetime(server) {}
    }

    @Test func `a large table is listed and deleted whole`() async throws {
        let host = try await Host.make("a")
        let count = 20_000
        let flows = (0..<count).map { Self.flow(.udp, .v4(0x0b00_0000 + UInt32($0)), .v4(0x0a00_0001), port: 53) }
        try Self.insert(flows, in: host.namespace)
        let connection = try ConntrackConnection(in: host.namespace)
        let seen = Mutex(0)
        try await connection.forEachFlow(FlowFilter(family: .ipv4, transport: .udp)) { _ in seen.withLock { $0 += 1 } }
        #expect(seen.withLock { $0 } == count)
        #expect(try await connection.delete(connection.flows(FlowFilter(family: .ipv4))) == count)
        #expect(try await connection.flows(FlowFilter(family: .ipv4)).isEmpty)
    }
}
