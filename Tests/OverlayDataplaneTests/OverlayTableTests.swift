import Addressing
import NFTables
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
