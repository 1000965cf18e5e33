import Addressing
import Testing

@testable import OverlayCore

/// Blocks in which pods have addresses: known at a start, kept, and given back when they are empty.
@Suite struct IPAMInUseTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    /// A peer that owns 10.32.0.0/18, and whose stored record names no block, begins again.
    private func restarted(inUse blocks: [IPPrefix]) throws -> (node: MeshNode, own: PeerRecord) {
        var generator = SplitMix64(seed: 1)
        let configuration: IPAMConfiguration = try .test(.seeds(["a"]))
        var own = PeerRecord(id: .random(using: &generator), name: "a", instance: 2)
        let entry = RingEntry(
            ring: configuration.ringIdentity(founders: ["a"]),
            first: try address("10.32.0.0"),
            last: try address("10.32.63.255"),
            owner: own.id,
            version: 1
        )
        let stored = [own.entry, entry.entry]
        own.prefixes = blocks
        let node = MeshNode(
            configuration: MeshNodeConfiguration(mesh: MeshConfiguration(cluster: "c"), addresses: configuration),
            own: own,
            stored: stored,
            seed: 1,
            now: .zero
        )
        return (node, own)
    }

    @Test func aBlockWithPodsIsInUseThoughTheStoredRecordDoesNotSaySo() throws {
        let block = try prefix("10.32.63.0/24")
        let begun = try restarted(inUse: [block])
        let own = begun.own
        var node = begun.node
        #expect(node.blocks == [block])
        #expect(node.mesh.own.prefixes == [block], "the others hear of it")
        // All of the others' wishes together do not get it.
        let other = PeerID(high: 1, low: 2)
        for round in 1...20 {
            guard let ring = node.addresses?.podRing else { break }
            let request = SpaceRequest(
                requester: other,
                ring: ring,
                family: .ipv4,
                donor: own.id,
                version: UInt64(round)
            )
            _ = node.handle(.mesh(.publish([request.entry])), now: .seconds(round))
        }
        let given = node.mesh.entries(of: .ring).compactMap(\.ringEntry).filter { $0.owner == other }
        #expect(given.count > 5)
        #expect(!given.contains { $0.first <= block.lastAddress && $0.last >= block.address })
        #expect(node.addresses?.owns(block.address) == true)
    }

    @Test func aBlockWithPodsThatIsNotOursIsToldOfAfterARestartToo() throws {
        let foreign = try prefix("10.32.64.0/24")
        var generator = SplitMix64(seed: 1)
        let own = PeerRecord(id: .random(using: &generator), name: "a", instance: 2, prefixes: [foreign])
        let whole = try prefix("10.32.0.0/17")
        let wide = try #require(IPAMRange(prefix: whole, blockLength: 24))
        let configuration = IPAMConfiguration(cluster: "c", ranges: [wide], bootstrap: .join)
        let node = MeshNode(
            configuration: MeshNodeConfiguration(mesh: MeshConfiguration(cluster: "c"), addresses: configuration),
            own: own,
            stored: [],
            seed: 1,
            now: .zero
        )
        #expect(node.blocks == [])
        #expect(node.addresses?.drainingBlocks() == [foreign])
        #expect(node.addressConflicts.first?.contains("10.32.64.0/24 is in use here") == true)
    }

    @Test func aBlockIsGivenBackAfterItHasLongHadNoAddressInUse() throws {
        let blocks = try [prefix("10.32.1.0/24"), prefix("10.32.2.0/24"), prefix("10.32.9.0/24")]
        var idle = IdleBlocks(patience: .seconds(300))
        let pod = try address("10.32.2.7")
        #expect(idle.due(of: blocks, inUse: [pod], now: .seconds(0)) == [])
        #expect(idle.due(of: blocks, inUse: [pod], now: .seconds(299)) == [])
        #expect(idle.due(of: blocks, inUse: [pod], now: .seconds(300)) == [blocks[0], blocks[2]])
        // One that was used meanwhile waits anew.
        let other = try address("10.32.9.255")
        #expect(idle.due(of: blocks, inUse: [pod, other], now: .seconds(310)) == [blocks[0]])
        #expect(idle.due(of: blocks, inUse: [pod], now: .seconds(320)) == [blocks[0]])
        #expect(idle.due(of: blocks, inUse: [pod], now: .seconds(619)) == [blocks[0]])
        #expect(idle.due(of: blocks, inUse: [pod], now: .seconds(620)) == [blocks[0], blocks[2]])
    }

    @Test func ofEachFamilyOneBlockIsAlwaysKept() throws {
        let blocks = try [prefix("10.32.1.0/24"), prefix("10.32.2.0/24"), prefix("fd00:1::/64")]
        var idle = IdleBlocks(patience: .seconds(1))
        #expect(idle.due(of: blocks, inUse: [], now: .zero) == [])
        #expect(idle.due(of: blocks, inUse: [], now: .seconds(1)) == [blocks[1]])
    }

    @Test func aBlockThatIsGivenBackIsFreeForOthersAndNotInUseHere() throws {
        var cluster = TestCluster(seed: 6)
        cluster.add("a", try .test(.seeds(["a"]), length: 23))
        cluster.run(.seconds(4))
        cluster.handle(0, .needBlock(range: "", .ipv4))
        let blocks = cluster.nodes[0].core.blocks
        #expect(blocks.count == 2)
        cluster.add("b", try .test(.seeds(["a"]), length: 23))
        cluster.run(.seconds(10))
        #expect(cluster.nodes[1].core.blocks == [], "both are in use")
        var idle = IdleBlocks(patience: .seconds(300))
        _ = idle.due(of: blocks, inUse: [], now: cluster.now)
        for block in idle.due(of: blocks, inUse: [], now: cluster.now + .seconds(300)) {
            cluster.handle(0, .releaseBlock(range: "", block))
        }
        cluster.run(.seconds(20))
        #expect(cluster.nodes[0].core.blocks == [blocks[0]])
        #expect(cluster.nodes[1].core.blocks == [blocks[1]])
    }

    @Test func neighboursGetSpaceWithoutAnEntryThatAllHearOf() throws {
        var cluster = TestCluster(seed: 7)
        for name in ["a", "b"] { cluster.add(name, try .test(.seeds(["a"]), dual: true)) }
        cluster.run(.seconds(8))
        #expect(cluster.nodes.map(\.core.blocks.count) == [2, 2])
        #expect(cluster.nodes.allSatisfy { $0.view.entries(of: .request).isEmpty })
    }
}
