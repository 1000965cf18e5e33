import Addressing
import Testing

@testable import OverlayCore

/// Who is who: refusals, restarts, clones, removal, lies.
@Suite struct MeshIdentityTests {
    @Test func `a peer of another cluster is refused on both sides, in words`() {
        var network = TestNetwork()
        let here = network.start(0)
        let there = network.start(1, targets: [0], configuration: MeshConfiguration(cluster: "other"))
        network.run(for: .seconds(1))
        #expect(network.refusals[here]?.contains { $0.contains("cluster other") } == true)
        #expect(network.refusals[there]?.contains { $0.contains("cluster") } == true)
        #expect(network.cores[here]?.memberCount == 1)
    }

    @Test func `a peer with other ranges is told both`() throws {
        var network = TestNetwork()
        let ours = try #require(IPPrefix("10.32.0.0/12"))
        let theirs = try #require(IPPrefix("10.64.0.0/12"))
        let here = network.start(0, configuration: MeshConfiguration(cluster: "test", ranges: [ours]))
        network.start(1, targets: [0], configuration: MeshConfiguration(cluster: "test", ranges: [theirs]))
        network.run(for: .seconds(1))
        let reason = network.refusals[here]?.first ?? ""
        #expect(reason.contains("10.32.0.0/12") && reason.contains("10.64.0.0/12"), "\(reason)")
    }

    @Test func `a version that is too old is refused with the remedy`() {
        var network = TestNetwork()
        let here = network.start(0, configuration: MeshConfiguration(cluster: "test", protocolVersions: 3...4))
        network.start(1, targets: [0])
        network.run(for: .seconds(1))
        let reason = network.refusals[here]?.first ?? ""
        #expect(reason.contains("versions 1 to 1") && reason.contains("upgraded"), "\(reason)")
    }

    @Test func `who reaches itself is not dialled again`() {
        var network = TestNetwork()
        let here = network.start(0, targets: [0])
        network.run(for: .seconds(300))
        #expect(network.cores[here]?.counters.dials == 1)
        #expect(network.cores[here]?.connections.first?.state == .failed)
        #expect(network.cores[here]?.connections.first?.detail == "cannot connect to ourself")
    }

    @Test func `two peers that name each other keep one connection`() {
        var network = TestNetwork()
        let pair = [network.start(0, targets: [1]), network.start(1, targets: [0])]
        network.run(for: .seconds(40))
        for address in pair {
            let established = network.cores[address]?.connections.filter { $0.state == .established }
            #expect(established?.count == 1)
            #expect((network.cores[address]?.counters.dials ?? 0) <= 3)
        }
    }

    @Test func `a peer that lost its last writes goes on above them`() {
        var network = TestNetwork()
        let first = network.start(0)
        let second = network.start(1, targets: [0])
        network.run(for: .seconds(1))
        let old = network.stored[second]
        for mtu in UInt32(1400)...1405 { network.input(second, .updateOwn { $0.underlayMTU = mtu }) }
        network.run(for: .seconds(1))
        network.stop(second)
        network.restore(second, old ?? [:])
        network.start(1, targets: [0])
        network.run(for: .seconds(2))
        #expect(network.hasConverged)
        #expect(network.cores[first]?.members.values.first { $0.name == "peer-1" }?.underlayMTU == 1500)
        #expect(network.reidentified.isEmpty)
    }

    @Test func `of two peers with one identity the younger gives it up, also where they do not meet`() {
        for meets in [true, false] {
            var network = TestNetwork()
            let hub = network.start(0)
            let elder = network.start(1, targets: [0])
            network.run(for: .seconds(1))
            let id = network.cores[elder]?.own.id
            let younger = network.start(2, id: id, targets: meets ? [1] : [0])
            network.isCut = { meets ? false : ($0, $1) == (elder, younger) || ($0, $1) == (younger, elder) }
            network.run(for: .seconds(20))
            #expect(network.reidentified.keys.sorted() == [younger], "meets: \(meets)")
            #expect(network.cores[hub]?.neighbours == id.map { [$0] })
        }
    }

    @Test(arguments: [PeerID(high: 0, low: 1), PeerID(high: .max, low: 1)])
    func `a peer whose place another one has is not looked for there all the time`(id: PeerID) throws {
        var network = TestNetwork()
        let hub = network.start(0, targets: [1])
        let place = network.start(1, targets: [0])
        network.run(for: .seconds(2))
        let lost = try #require(network.cores[place]?.own.id)
        network.stop(place)
        network.run(for: .seconds(1))
        network.start(1, id: id, targets: [0], keepsDisk: false)
        network.run(for: .seconds(5))
        #expect(network.cores[hub]?.neighbours == [id])
        let before = network.cores[hub]?.counters.dials ?? 0
        network.run(for: .seconds(60))
        #expect((network.cores[hub]?.counters.dials ?? 0) - before <= 10)
        #expect(network.cores[hub]?.unreachable == [lost])
    }

    @Test func `a removed peer learns of it, whenever it comes back`() throws {
        var network = TestNetwork()
        let first = network.start(0)
        network.start(1, targets: [0])
        let dead = network.start(2, targets: [0])
        network.run(for: .seconds(2))
        let id = try #require(network.cores[dead]?.own.id)
        network.stop(dead)
        network.run(for: .seconds(1))
        network.input(first, .remove(id))
        network.run(for: .seconds(1))
        #expect(network.cores.values.allSatisfy { $0.memberCount == 2 })
        network.start(2, id: id, targets: [1])
        network.run(for: .seconds(5))
        #expect(network.reidentified[dead]?.contains("removed") == true)
        #expect(network.cores[first]?.member(id) == nil)
        #expect(network.cores[first]?.memberCount == 2)
    }

    @Test func `nobody can write another's record for long`() throws {
        var network = TestNetwork()
        let victim = network.start(0)
        let liar = network.start(1, targets: [0])
        network.run(for: .seconds(1))
        var lie = try #require(network.cores[victim]?.own)
        lie.endpoints = []
        lie.version = 1 << 40
        network.input(liar, .publish([lie.entry]))
        network.run(for: .seconds(2))
        #expect(network.cores[liar]?.member(lie.id)?.endpoints == [victim.address])
        #expect(network.reidentified.isEmpty)
        #expect(network.cores[victim]?.counters.rejected == 1)
    }

    @Test func `entries that are not well-formed are counted and go no further`() throws {
        var network = TestNetwork()
        let first = network.start(0)
        let second = network.start(1, targets: [0])
        network.run(for: .seconds(1))
        let third = PeerRecord.key(of: PeerID(high: 9, low: 9))
        let bad = [
            ReplicatedEntry(key: .init(kind: .ring, name: [1]), version: .max, value: []),
            ReplicatedEntry(key: third, version: 1, value: [1]),
        ]
        network.rewrite = { message, from, _ in
            if case .digest = message, from == second { return .entries(bad) }
            return message
        }
        network.run(for: .seconds(3))
        #expect((network.cores[first]?.counters.rejected ?? 0) >= 2)
        #expect(network.cores[first]?.memberCount == 2)
        #expect(network.cores[first]?.neighbours.count == 1)
    }

    @Test func `who speaks before it introduces itself is cut off, and only it`() {
        var network = TestNetwork()
        let first = network.start(0)
        network.start(1, targets: [0])
        network.run(for: .seconds(1))
        let stranger = ConnectionID(rawValue: 1 << 40)
        network.input(first, .opened(stranger, isOutbound: false, remote: TestNetwork.address(7)))
        network.input(first, .received(stranger, .want([1])))
        #expect(network.cores[first]?.connections.count == 1)
        #expect(network.cores[first]?.counters.malformed == 1)
    }
}
