import Addressing
import Testing

@testable import OverlayCore

@Suite struct IPAMConflictTests {
    @Test func clustersThatBeganApartDoNotMixAndSaySo() throws {
        var cluster = TestCluster(seed: 1)
        cluster.add("a", try .test(.seeds(["a"])))
        cluster.add("b", try .test(.seeds(["b"])), side: 1)
        cluster.add("c", try .test(.seeds(["b"])), side: 1)
        cluster.run(.seconds(6), checks: false)
        let before = cluster.nodes.map(\.core.blocks)
        #expect(before.allSatisfy { $0.count == 1 })
        for index in cluster.nodes.indices { cluster.nodes[index].side = 0 }
        cluster.run(.seconds(6), checks: false)
        #expect(cluster.nodes.map(\.core.blocks) == before)
        for node in cluster.nodes {
            let conflicts = node.core.conflicts(node.view)
            #expect(conflicts.count == 1)
            let text = conflicts.first ?? ""
            #expect(text.contains("different seeds, or two clusters that began apart were connected"), "\(text)")
            #expect(text.contains("trama overlay reset") && text.contains("the side with fewer pods"), "\(text)")
        }
    }

    @Test func ofTwoThatWriteTheSameOneGivesWay() throws {
        var cluster = TestCluster(seed: 2)
        // Two machines have the seed's name.
        cluster.add("a", try .test(.seeds(["a"])))
        cluster.add("a", try .test(.seeds(["a"])), side: 1)
        cluster.run(.seconds(4), checks: false)
        #expect(cluster.nodes[0].core.blocks == cluster.nodes[1].core.blocks)
        cluster.nodes[1].side = 0
        cluster.run(.seconds(2), checks: false)
        cluster.run(.seconds(20))
        let loser = try #require(cluster.nodes.first { !$0.core.drainingBlocks().isEmpty })
        let winner = try #require(cluster.nodes.first { $0.core.drainingBlocks().isEmpty })
        #expect(loser.core.drainingBlocks() == winner.core.blocks)
        #expect(loser.core.blocks.count == 1, "new pods get addresses of another block")
        #expect(loser.core.conflicts(loser.view).count == 1)
        cluster.checkNothingIsLost()
    }

    @Test func aSeedThatLostItsDiskFoundsNothing() throws {
        var cluster = TestCluster(seed: 3)
        for name in ["a", "b"] { cluster.add(name, try .test(.seeds(["a", "b"]))) }
        cluster.run(.seconds(6))
        cluster.crash(0)
        cluster.nodes[0].hasLeft = true
        cluster.add("a", try .test(.seeds(["a", "b"])))
        cluster.run(.seconds(6))
        #expect(cluster.nodes[2].core.blocks.count == 1)
        #expect(cluster.nodes[2].core.drainingBlocks().isEmpty)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func ofANetworkMadeOnBothSidesOfASplitOneCounts(_ seed: UInt64) throws {
        var cluster = TestCluster(seed: seed)
        for name in ["a", "b", "c", "d"] { cluster.add(name, try .test(.seeds(["a"]))) }
        cluster.run(.seconds(8))
        for index in [2, 3] { cluster.nodes[index].side = 1 }
        let prefix = try #require(IPPrefix("10.50.0.0/20"))
        let range = try #require(IPAMRange(id: "blue", prefix: prefix, blockLength: 24))
        for index in [0, 2] {
            cluster.handle(index, .addRange(range, owns: true, blocks: []))
            cluster.handle(index, .needBlock(range: "blue", .ipv4))
        }
        cluster.run(.seconds(1), checks: false)
        for index in [1, 3] {
            cluster.handle(index, .addRange(range, owns: false, blocks: []))
            cluster.handle(index, .needBlock(range: "blue", .ipv4))
        }
        cluster.run(.seconds(8), checks: false)
        let before = cluster.nodes.map { $0.core.blocks(of: "blue") }
        #expect(before.allSatisfy { $0.count == 1 } && before[0] == before[2])

        for index in [2, 3] { cluster.nodes[index].side = 0 }
        cluster.run(.seconds(10), checks: false)
        // No address is two peers' any more; who had some keeps them, gives no more of them, and says so.
        cluster.run(.seconds(20))
        cluster.checkNothingIsLost()
        for (index, node) in cluster.nodes.enumerated() {
            let present = node.core.blocks(of: "blue") + node.core.drainingBlocks(of: "blue")
            #expect(present.contains(before[index][0]), "\(node.record.name) keeps what its pods have")
            let conflicts = node.core.conflicts(node.view)
            #expect(conflicts.count == node.core.drainingBlocks(of: "blue").count)
            #expect(conflicts.allSatisfy { $0.contains("network blue") && $0.contains("on both sides of a split") })
        }
        #expect([0, 2].count { cluster.nodes[$0].core.drainingBlocks(of: "blue") == before[$0] } == 1)
    }

    @Test func aNetworksRangeIsSharedOutAmongItsMembersOnly() throws {
        var cluster = TestCluster(seed: 4)
        for name in ["a", "b", "c"] { cluster.add(name, try .test(.seeds(["a"]))) }
        cluster.run(.seconds(6))
        let prefix = try #require(IPPrefix("10.50.0.0/20"))
        let range = try #require(IPAMRange(id: "blue", prefix: prefix, blockLength: 24))
        cluster.handle(1, .addRange(range, owns: true, blocks: []))
        cluster.handle(2, .addRange(range, owns: false, blocks: []))
        cluster.handle(1, .needBlock(range: "blue", .ipv4))
        cluster.run(.seconds(2))
        cluster.handle(2, .needBlock(range: "blue", .ipv4))
        cluster.run(.seconds(5))
        #expect(cluster.nodes[1].core.blocks(of: "blue").count == 1)
        #expect(cluster.nodes[2].core.blocks(of: "blue").count == 1)
        #expect(cluster.nodes[0].core.blocks(of: "blue").isEmpty)
        cluster.checkNothingIsLost()
        // Who leaves the network hands on what it has.
        cluster.handle(1, .removeRange(id: "blue"))
        cluster.run(.seconds(5))
        #expect(cluster.nodes[2].core.ranges.last?.ownedCount == 16)
        cluster.handle(
            2,
            .addRange(try #require(IPAMRange(id: "red", prefix: prefix, blockLength: 24)), owns: true, blocks: [])
        )
        #expect(
            cluster.nodes[2].failures
                == ["10.50.0.0/20 of network red and 10.50.0.0/20 of network blue have addresses in common"]
        )
        cluster.handle(2, .needBlock(range: "green", .ipv4))
        #expect(cluster.nodes[2].failures.last == "network green has no IPv4 range here: join it first")
    }
}
