import Addressing
import NFTables
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite struct OverlayTableTests {
    @Test func `the table is made once, and a change sends the difference`() async throws {
        let backend = FakeNFTables()
        var keeper = OverlayTableKeeper(backend: backend)
        var state = Sample.state()
        keeper.update(to: state)
        #expect(try await keeper.settle().repair == nil)
        #expect(keeper.isSettled)
        await backend.clearCommitted()

        keeper.update(to: state)
        _ = try await keeper.settle()
        #expect(await backend.committed.isEmpty)
        // Of a way to a peer the filters know nothing.
        state.peers[Sample.id(2)]?.route = .unreachable
        keeper.update(to: state)
        _ = try await keeper.settle()
        #expect(await backend.committed.isEmpty)

        state.peers[Sample.id(4)] = Sample.peer(4)
        keeper.update(to: state)
        _ = try await keeper.settle()
        let element = Element(RegisterValue(Sample.address("192.0.2.4")))
        let expected = Transaction.Operation.addElements(
            [element],
            set: OverlaySet.tunnelSources(.ipv4),
            in: OverlayTable.id
        )
        #expect(await backend.committed.map(\.operations) == [[expected]])
    }

    @Test func `another process finds the table as it is, and sends nothing`() async throws {
        let backend = FakeNFTables()
        for _ in 0..<2 {
            var keeper = OverlayTableKeeper(backend: backend)
            keeper.update(to: Sample.state())
            #expect(try await keeper.settle().repair == nil)
        }
        #expect(await backend.committed.count == 1)
    }

    @Test func `what an earlier process let in stays until everybody is known`() async throws {
        let backend = FakeNFTables()
        var state = Sample.state(peers: [2, 3])
        state.node.clusterRanges = []
        state.peers[Sample.id(3)]?.record.vxlanPort = 7000
        state.networks = [.init(name: "blue", vni: 50, prefixes: [])]
        var first = OverlayTableKeeper(backend: backend)
        first.update(to: state)
        _ = try await first.settle()
        let all = try #require(await backend.snapshot(of: OverlayTable.id) { _ in true }).elements.mapValues { Set($0) }
        await backend.clearCommitted()

        // Another one that knows nobody, nor its own prefixes.
        var keeper = OverlayTableKeeper(backend: backend)
        var early = state
        (early.peers, early.networks, early.node.prefixes, early.isComplete) = ([:], [], [], false)
        keeper.update(to: early)
        #expect(try await keeper.settle().repair == nil)
        #expect(keeper.isSettled)
        #expect(await backend.committed.isEmpty)
        // It hears of one, also with an address that is new, and somebody removes the table meanwhile.
        early.peers[Sample.id(2)] = state.peers[Sample.id(2)]
        early.peers[Sample.id(2)]?.record.endpoints.append(Sample.address("192.0.2.22"))
        var deletion = Transaction()
        deletion.deleteTable(OverlayTable.id)
        try await backend.commit(deletion)
        keeper.distrust()
        keeper.update(to: early)
        _ = try await keeper.settle()
        #expect(keeper.isSettled)
        let sources = OverlaySet.tunnelSources(.ipv4)
        var expected = all
        expected[sources]?.insert(Element(RegisterValue(Sample.address("192.0.2.22"))))
        var found = try #require(await backend.snapshot(of: OverlayTable.id) { _ in true }).elements
        #expect(found.mapValues { Set($0) } == expected)
        // Then it knows all.
        early.isComplete = true
        early.node.prefixes = state.node.prefixes
        keeper.update(to: early)
        _ = try await keeper.settle()
        found = try #require(await backend.snapshot(of: OverlayTable.id) { _ in true }).elements
        #expect(found.mapValues { Set($0) } == OverlayTable(early).elements)
        #expect(found[OverlaySet.bridges]?.isEmpty == true)
    }

    @Test func `peers that were let in before encryption was required are not any more`() async throws {
        let backend = FakeNFTables()
        var state = Sample.state()
        var first = OverlayTableKeeper(backend: backend)
        first.update(to: state)
        _ = try await first.settle()
        var keeper = OverlayTableKeeper(backend: backend)
        (state.peers, state.isComplete, state.node.encryption) = ([:], false, .require)
        #expect(keeper.isGuarding)
        keeper.update(to: state)
        #expect(!keeper.isGuarding)
        _ = try await keeper.settle()
        #expect(keeper.isGuarding)
        let found = try #require(await backend.snapshot(of: OverlayTable.id) { _ in true }).elements
        #expect(found[OverlaySet.tunnelSources(.ipv4)]?.isEmpty == true)
        #expect(found[OverlaySet.tunnelPorts]?.isEmpty == false)
    }

    @Test func `ranges that are kept are joined with those that are wanted`() {
        let state = Sample.state()
        let set = OverlaySet.own(.ipv4)
        let texts = ["10.32.0.0/24", "10.32.1.0/25", "10.32.5.0/24", "255.255.255.0/24"]
        let kept = [set: Set(OverlayTable.intervals(texts.map(Sample.prefix)))]
        let table = OverlayTable(state).keeping(kept, for: state.node)
        let expected = ["10.32.0.0/23", "10.32.5.0/24", "255.255.255.0/24"]
        #expect(table.elements[set] == Set(OverlayTable.intervals(expected.map(Sample.prefix))))
    }

    @Test func `an earlier layout is replaced at once, and what it let in stays until everybody is known`() async throws
    {
        let backend = FakeNFTables()
        var state = Sample.state()
        // The sets that count are as they were; chains, rules and other sets are not.
        var earlier = Transaction()
        earlier.addTable(Table(id: OverlayTable.id))
        let table = OverlayTable(state)
        for set in table.sets + [NamedSet("pod-links", key: [.interfaceName])] {
            earlier.addSet(set, in: OverlayTable.id)
            earlier.addElements(Array(table.elements[set.name] ?? []), set: set.name, in: OverlayTable.id)
        }
        earlier.addChain(
            Chain("tunnel-output", hook: BaseHook(.filter, .output, priority: .raw)),
            in: OverlayTable.id
        )
        try await backend.commit(earlier)
        await backend.clearCommitted()

        var keeper = OverlayTableKeeper(backend: backend)
        (state.peers, state.isComplete) = ([:], false)
        keeper.update(to: state)
        #expect(try await keeper.settle().repair == nil)
        #expect(await backend.committed.count == 1)
        let found = try #require(await backend.snapshot(of: OverlayTable.id) { _ in true })
        #expect(found.sets["pod-links"] == nil && found.chains["tunnel-output"] == nil)
        #expect(found.elements.mapValues { Set($0) } == table.elements)
    }

    @Test func `there are chains only for what is needed`() {
        func chains(_ change: (inout OverlayState) -> Void) -> Set<String> {
            var state = Sample.state()
            change(&state)
            return Set(OverlayTable(state).chains.filter { $0.hook != nil }.map(\.name))
        }
        let least: Set = ["overlay-prerouting", "overlay-input", "overlay-forward"]
        #expect(chains { $0.node.masquerades = false } == least)
        let first: Set = ["first-input", "first-postrouting", "masquerade-postrouting"]
        #expect(chains { _ in } == first.union(["overlay-prerouting", "overlay-output"]))
        let networks = chains { $0.networks = [.init(name: "blue", vni: 50, prefixes: [])] }
        #expect(networks == first.union(least).union(["overlay-output"]))
        let secret = chains { ($0.node.masquerades, $0.node.encryption) = (false, .require) }
        #expect(secret == least.union(["overlay-output", "plain-postrouting"]))
    }

    @Test func `without masquerading no rule asks for connections, which would have the kernel track them`() {
        var state = Sample.state()
        state.node.masquerades = false
        for encryption in EncryptionPolicy.allCases {
            state.node.encryption = encryption
            for rule in OverlayTable(state).rules.values.joined() {
                for expression in rule.expressions {
                    switch expression {
                    case .conntrack, .noTrack, .masquerade, .nat: Issue.record("\(rule)")
                    default: break
                    }
                }
            }
        }
    }

    @Test func `only what leads to a tunnel is ended`() {
        let connections = OverlayTable(Sample.state()).tunnelConnections
        #expect(connections.ports == [6784])
        func flow(_ transport: TransportProtocol, _ address: String, _ port: UInt16) -> Flow {
            let (pod, target) = (Sample.address("10.32.1.5"), Sample.address(address))
            let original = Flow.Tuple(source: pod, destination: .v4(1), sourcePort: 4000, destinationPort: 53)
            let reply = Flow.Tuple(source: target, destination: pod, sourcePort: port, destinationPort: 4000)
            return Flow(transport: transport, original: original, reply: reply)
        }
        #expect(connections.contains(flow(.udp, "192.0.2.2", 6784)))
        #expect(!connections.contains(flow(.udp, "192.0.2.2", 6785)))
        #expect(!connections.contains(flow(.tcp, "192.0.2.2", 6784)))
        #expect(!connections.contains(flow(.udp, "192.0.2.200", 6784)))
        #expect(connections.contains(flow(.udp, Sample.id(2).wireGuardAddress.description, 1)))
    }

    @Test func `old connections are looked for when a table, a peer or a port is new`() async throws {
        var keeper = OverlayTableKeeper(backend: FakeNFTables())
        var state = Sample.state()
        func isDue(_ change: (inout OverlayState) -> Void) async throws -> Bool {
            change(&state)
            keeper.update(to: state)
            _ = try await keeper.settle()
            defer { keeper.noteConnectionsEnded() }
            return keeper.connectionsToEnd != nil
        }
        #expect(try await isDue { _ in })
        #expect(try await !isDue { $0.pods = [] })
        #expect(try await isDue { $0.peers[Sample.id(4)] = Sample.peer(4) })
        #expect(try await !isDue { $0.peers[Sample.id(4)] = nil })
        #expect(try await isDue { $0.peers[Sample.id(4)] = Sample.peer(4) })
        keeper.distrust()
        #expect(try await isDue { _ in })
        #expect(try await !isDue { $0.node.masquerades = false })
    }

    @Test func `bridged networks and other ports change the rules, peers and pods the elements only`() {
        let state = Sample.state()
        let table = OverlayTable(state)
        var other = state
        other.peers[Sample.id(4)] = Sample.peer(4)
        other.pods.append(.init(interface: "pod2", addresses: [Sample.address("10.32.1.6")]))
        #expect(OverlayTable(other).hasStructure(of: table))
        var port = state
        port.peers[Sample.id(2)]?.record.vxlanPort = 7000
        #expect(!OverlayTable(port).hasStructure(of: table))
        var network = state
        network.networks = [.init(name: "blue", vni: 50, prefixes: [])]
        #expect(!OverlayTable(network).hasStructure(of: table))
        // Kept elements count, too: a bridge is isolated before the network is known again.
        let kept = OverlayTable(state).keeping(OverlayTable(network).elements, for: state.node)
        #expect(kept.hasStructure(of: OverlayTable(network)))
    }

    @Test func `what somebody did to the table is found, put right and named`() async throws {
        let backend = FakeNFTables()
        var keeper = OverlayTableKeeper(backend: backend)
        keeper.update(to: Sample.state())
        _ = try await keeper.settle()
        let sound = try #require(await backend.snapshot(of: OverlayTable.id) { _ in true })
        var damages: [(RepairCause, Transaction)] = []
        var deletion = Transaction()
        deletion.deleteTable(OverlayTable.id)
        damages.append((.tableMissing, deletion))
        for name in sound.chains.keys {
            var flush = Transaction()
            flush.flushChain(name, in: OverlayTable.id)
            if sound.rules[name]?.isEmpty == false { damages.append((.tableChanged, flush)) }
        }
        for (name, elements) in sound.elements where !elements.isEmpty {
            var flush = Transaction()
            flush.flushSet(name, in: OverlayTable.id)
            damages.append((.tableChanged, flush))
        }
        #expect(damages.count > 10)
        for (cause, damage) in damages {
            try await backend.commit(damage)
            keeper.distrust()
            #expect(!keeper.isSettled)
            #expect(try await keeper.settle().repair == cause)
            #expect(await backend.snapshot(of: OverlayTable.id) { _ in true } == sound)
        }
    }

    @Test func `a change that the table refuses is made anew from what is there`() async throws {
        let backend = FakeNFTables()
        var keeper = OverlayTableKeeper(backend: backend)
        var state = Sample.state()
        keeper.update(to: state)
        _ = try await keeper.settle()
        // Somebody removes the set's elements, and no monitor said so.
        var damage = Transaction()
        damage.flushSet(OverlaySet.tunnelSources(.ipv4), in: OverlayTable.id)
        try await backend.commit(damage)
        state.peers[Sample.id(2)] = nil
        keeper.update(to: state)
        _ = try await keeper.settle()
        var other = OverlayTableKeeper(backend: backend)
        other.update(to: state)
        await backend.clearCommitted()
        _ = try await other.settle()
        #expect(await backend.committed.isEmpty)
    }

    @Test func `only peers' VXLAN is let in, and none where encryption is required`() {
        var state = Sample.state()
        let sources = OverlaySet.tunnelSources(.ipv4)
        let two = Element(RegisterValue(Sample.address("192.0.2.2")))
        let three = Element(RegisterValue(Sample.address("192.0.2.3")))
        #expect(OverlayTable(state).elements[sources] == [two, three])
        state.peers[Sample.id(3)]?.record.encryption = .require
        #expect(OverlayTable(state).elements[sources] == [two])
        state.node.encryption = .require
        #expect(OverlayTable(state).elements[sources] == [])
        #expect(OverlayTable(state).chains.map(\.name).contains("plain-postrouting"))
    }

    @Test
    func `what must be encrypted is let out only into the encrypted path and to pods, before anything is looked up`()
        throws
    {
        var state = Sample.state()
        state.node.encryption = .require
        func accepted() -> [[Expression]] {
            (OverlayTable(state).rules["plain-postrouting"] ?? []).map(\.expressions).filter {
                $0.last == .verdict(.accept)
            }
        }
        let toPod: [Expression] = [
            .meta(.load(.outgoingInterfaceGroup, into: .word(0))),
            .equal(.word(0), RegisterValue(hostOrder: Link.podGroup)), .verdict(.accept),
        ]
        state.node.wireGuardDevice = nil
        #expect(accepted() == [toPod])
        state.node.wireGuardDevice = "trama.wg"
        let name = try #require(OverlayTable.linkName("trama.wg"))
        let intoTunnel: [Expression] = [
            .meta(.load(.outgoingInterfaceName, into: .word(0))), .equal(.word(0), name), .verdict(.accept),
        ]
        #expect(accepted() == [intoTunnel, toPod])
    }

    @Test func `ranges that touch or overlap become one`() {
        let texts = ["10.1.0.0/16", "10.0.0.0/16", "10.0.5.0/24", "10.3.0.0/16", "255.255.255.0/24"]
        let elements = OverlayTable.intervals(texts.map(Sample.prefix))
        let described = elements.map { "\($0)" }
        #expect(
            described == [
                "0a000000", "0a020000 (end of interval)", "0a030000", "0a040000 (end of interval)", "ffffff00",
            ]
        )
        #expect(OverlayTable.intervals([]).isEmpty)
    }

    @Test(
        arguments: [
            ([6784, 6783], 6785...65_535), ([65_535, 65_534], 1024...65_533), ([1024, 65_535], 1025...65_534),
            ([30_000, 60_000], 30_001...59_999), ([80], 1024...65_535), ([], 1024...65_535),
            ([40_000, 40_000], 1024...39_999),
        ] as [([UInt16], ClosedRange<UInt16>)]
    )
    func `the ports for masquerading are the largest range without the tunnels'`(
        taken: [UInt16],
        expected: ClosedRange<UInt16>
    ) {
        #expect(OverlayTable.freePorts(besides: taken) == expected)
    }

    @Test func `a link's name fills sixteen bytes`() {
        #expect(OverlayTable.linkName("pod1")?.bytes == Array("pod1".utf8) + [UInt8](repeating: 0, count: 12))
        #expect(OverlayTable.linkName("") == nil)
        #expect(OverlayTable.linkName("sixteen-bytes-ab") == nil)
    }
}
