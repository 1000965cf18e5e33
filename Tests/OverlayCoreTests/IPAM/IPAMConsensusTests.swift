import Addressing
import Testing

@testable import OverlayCore

@Suite struct IPAMConsensusTests {
    @Test func oneInitialPeerDecidesAtOnce() throws {
        var cluster = TestCluster(seed: 1)
        cluster.add("a", try .test(.consensus(1)))
        #expect(cluster.nodes[0].core.blocks.count == 1)
        cluster.checkNothingIsLost()
    }

    @Test func allInitialPeersShareTheSpaceAndLaterOnesAskForSome() throws {
        var cluster = TestCluster(seed: 2)
        for name in ["a", "b", "c"] { cluster.add(name, try .test(.consensus(3), dual: true)) }
        cluster.run(.seconds(8))
        #expect(cluster.nodes.allSatisfy { $0.core.ranges[0].ownedCount > 10 })
        cluster.add("d", try .test(.consensus(3), dual: true))
        cluster.add("e", try .test(.join, dual: true))
        cluster.run(.seconds(8))
        for node in cluster.nodes { #expect(node.core.blocks.count == 2) }
        cluster.checkNothingIsLost()
    }

    @Test func lessThanHalfOfTheInitialPeersWait() throws {
        var cluster = TestCluster(seed: 3)
        for name in ["a", "b"] { cluster.add(name, try .test(.consensus(5))) }
        cluster.run(.seconds(20))
        #expect(cluster.nodes.allSatisfy { $0.core.blocks.isEmpty })
        #expect(
            cluster.nodes[0].core.status(cluster.nodes[0].view).first?.text
                == "awaiting consensus (quorum: 3, known: 2)"
        )
        cluster.add("c", try .test(.consensus(5)))
        cluster.run(.seconds(20))
        #expect(cluster.nodes.allSatisfy { $0.core.blocks.count == 1 })
    }

    @Test(arguments: 0..<8)
    func thereIsOneRingWhateverHappens(_ round: UInt64) throws {
        let seed = ipamSeed("round \(round)") &+ round
        var cluster = TestCluster(seed: seed)
        cluster.loss = [0, 20, 60].randomElement(using: &cluster.generator) ?? 0
        let count = Int.random(in: 2...5, using: &cluster.generator)
        for index in 0..<count { cluster.add("n\(index)", try .test(.consensus(count))) }
        for _ in 0..<40 {
            let index = Int.random(in: cluster.nodes.indices, using: &cluster.generator)
            switch Int.random(in: 0..<4, using: &cluster.generator) {
            case 0: cluster.nodes[index].side = Int.random(in: 0...1, using: &cluster.generator)
            case 1: cluster.crash(index)
            case 2: if !cluster.nodes[index].isUp { cluster.restart(index) }
            default: break
            }
            cluster.run(.milliseconds(Int.random(in: 50...1000, using: &cluster.generator)))
        }
        cluster.loss = 0
        for index in cluster.nodes.indices {
            cluster.nodes[index].side = 0
            if !cluster.nodes[index].isUp { cluster.restart(index) }
        }
        cluster.run(.seconds(30))
        #expect(Set(cluster.nodes.map(\.core.podRing)).count == 1)
        for node in cluster.nodes {
            #expect(node.core.conflicts(node.view) == [])
            #expect(node.core.blocks.count == 1, "\(node.core.status(node.view)), \(node.core.nextDeadline as Any)")
        }
        cluster.checkNothingIsLost()
    }
}
