import Addressing
import Testing

@testable import OverlayCore

@Suite struct IPAMRemovalTests {
    private func cluster(_ count: Int, seed: UInt64, seeds: [String] = ["n0", "n1"]) throws -> TestCluster {
        var cluster = TestCluster(seed: seed)
        for index in 0..<count { cluster.add("n\(index)", try .test(.seeds(seeds), dual: true)) }
        cluster.run(.seconds(10))
        return cluster
    }

    @Test func aRemovedPeersSpaceIsAnothersAfterAMinute() throws {
        var cluster = try cluster(4, seed: 1)
        cluster.crash(0)
        let dead = cluster.nodes[0].record.id
        cluster.handle(2, .removePeer(dead))
        cluster.run(.seconds(5))
        #expect(cluster.nodes[2].removed == [dead: cluster.nodes[2].record.id])
        #expect(cluster.nodes[3].view.isRemoved(dead))
        cluster.nodes[0].hasLeft = true
        cluster.run(.seconds(70))
        cluster.checkNothingIsLost()
        #expect(cluster.nodes[2].failures == [])
    }

    @Test func aMinorityRemovesNobody() throws {
        var cluster = try cluster(5, seed: 2)
        for index in 2...4 { cluster.nodes[index].side = 1 }
        cluster.handle(0, .removePeer(cluster.nodes[4].record.id))
        cluster.run(.seconds(15))
        #expect(cluster.nodes[0].removed.isEmpty)
        #expect(
            cluster.nodes[0].failures.first?.hasPrefix("n4 cannot be removed now: 2 of 4 other peers agree") == true
        )
    }

    @Test func whatTheRemovedPeerGaveAwayLastIsNotTaken() throws {
        var cluster = try cluster(3, seed: 3)
        // n0 gives space to n3, and only these two know.
        cluster.nodes[0].side = 1
        cluster.add("n3", try .test(.seeds(["n0", "n1"]), dual: true), side: 1)
        cluster.publish(1, [cluster.nodes[3].record.entry])
        cluster.run(.seconds(8))
        #expect(cluster.nodes[3].core.blocks.count == 2)
        cluster.crash(0)
        cluster.handle(1, .removePeer(cluster.nodes[0].record.id))
        cluster.run(.seconds(120))
        // As long as n3 is away, nothing is taken.
        #expect(cluster.nodes[1].core.takeOvers.count == 1)
        cluster.nodes[3].side = 0
        cluster.nodes[0].hasLeft = true
        cluster.run(.seconds(30))
        #expect(cluster.nodes[3].core.blocks.count == 2)
        #expect(cluster.nodes[1].core.takeOvers.isEmpty)
        cluster.checkNothingIsLost()
    }

    @Test func theHeirOfAnHeirGetsBoth() throws {
        var cluster = try cluster(5, seed: 4)
        cluster.crash(0)
        cluster.handle(1, .removePeer(cluster.nodes[0].record.id))
        cluster.run(.seconds(5))
        cluster.crash(1)
        cluster.handle(2, .removePeer(cluster.nodes[1].record.id))
        cluster.nodes[0].hasLeft = true
        cluster.nodes[1].hasLeft = true
        cluster.run(.seconds(100))
        cluster.checkNothingIsLost()
    }

    @Test func aPeerThatLeftIsGoneEvenIfItsHeirDies() throws {
        var cluster = try cluster(5, seed: 9)
        let leaver = cluster.nodes[0].record.id
        cluster.handle(0, .leave)
        for _ in 0..<100 where !cluster.nodes[0].hasLeft { cluster.run(.milliseconds(50)) }
        #expect(cluster.nodes[0].hasLeft)
        let result = DecisionResult.peers(cluster.nodes[0].view.entry(DecisionSubject.heir(of: leaver).resultKey))
        let heir = try #require(cluster.nodes.indices.first { cluster.nodes[$0].record.id == result?.first })
        // Before it has told anybody.
        cluster.crash(heir)
        cluster.run(.seconds(5))
        let user = try #require((1...4).first { $0 != heir })
        let isRemovedTooSoon = cluster.nodes[user].view.isRemoved(leaver)
        #expect(!isRemovedTooSoon)
        cluster.handle(user, .removePeer(cluster.nodes[heir].record.id))
        cluster.nodes[heir].hasLeft = true
        cluster.run(.seconds(80))
        let isRemoved = cluster.nodes[user].view.isRemoved(leaver)
        #expect(isRemoved)
        cluster.checkNothingIsLost()
    }

    @Test func aSeedThatDiedBeforeItFoundedIsInheritedFrom() throws {
        var cluster = TestCluster(seed: 10)
        for index in 0..<4 { cluster.add("n\(index)", try .test(.seeds(["n0", "n1"]), dual: true)) }
        cluster.run(.seconds(1))
        cluster.crash(0)
        cluster.run(.seconds(5))
        cluster.handle(1, .removePeer(cluster.nodes[0].record.id))
        cluster.nodes[0].hasLeft = true
        cluster.run(.seconds(80))
        cluster.checkNothingIsLost()
    }

    @Test func aFounderThatNeverCameIsInheritedFrom() throws {
        var cluster = TestCluster(seed: 5)
        for index in 0..<3 { cluster.add("n\(index)", try .test(.consensus(3))) }
        var decided: Int?
        for _ in 0..<100 where decided == nil {
            cluster.run(.milliseconds(50))
            decided = cluster.nodes.indices.first { cluster.nodes[$0].core.founders != nil }
        }
        let late = try #require(cluster.nodes.indices.first { $0 != decided && cluster.nodes[$0].core.founders == nil })
        cluster.crash(late)
        cluster.run(.seconds(10))
        cluster.handle(decided ?? 0, .removePeer(cluster.nodes[late].record.id))
        cluster.nodes[late].hasLeft = true
        cluster.run(.seconds(70))
        cluster.checkNothingIsLost()
    }

    @Test func aLeavingPeerHandsOnEverything() throws {
        var cluster = try cluster(4, seed: 6)
        cluster.handle(0, .leave)
        cluster.run(.seconds(5))
        #expect(cluster.nodes[0].hasLeft)
        #expect(cluster.nodes[0].core.blocks.isEmpty)
        cluster.checkNothingIsLost()
        #expect(cluster.nodes[1].view.isRemoved(cluster.nodes[0].record.id))
    }

    @Test func aLeavingPeerWhoseHeirDiesFindsAnother() throws {
        var cluster = try cluster(4, seed: 9)
        cluster.handle(2, .leave)
        let heir = try #require(cluster.nodes[2].core.leaving?.heir)
        let place = try #require(cluster.nodes.firstIndex { $0.record.id == heir })
        cluster.crash(place)
        cluster.run(.seconds(15))
        #expect(cluster.nodes[2].failures.first?.contains("has not confirmed that it has our addresses") == true)
        let user = place == 1 ? 0 : 1
        cluster.handle(user, .removePeer(heir))
        cluster.nodes[place].hasLeft = true
        cluster.run(.seconds(80))
        #expect(cluster.nodes[2].hasLeft)
        cluster.checkNothingIsLost()
    }

    @Test func aPeerThatIsAloneCannotLeave() throws {
        var cluster = try cluster(1, seed: 7, seeds: ["n0"])
        cluster.handle(0, .leave)
        #expect(cluster.nodes[0].failures.count == 1)
        #expect(!cluster.nodes[0].hasLeft)
    }

    @Test func aRemovedPeerThatLivesGivesNothingAnyMore() throws {
        var cluster = try cluster(4, seed: 8)
        cluster.nodes[0].side = 1
        cluster.handle(1, .removePeer(cluster.nodes[0].record.id))
        cluster.run(.seconds(5))
        cluster.nodes[0].side = 0
        cluster.run(.seconds(5))
        #expect(cluster.nodes[0].core.isStopped)
        #expect(cluster.nodes[0].core.blocks.isEmpty)
        #expect(cluster.nodes[0].core.drainingBlocks().count == 2)
    }

    @Test(arguments: 0..<8)
    func nothingIsTwosOrLostWhoeverGoes(_ round: UInt64) throws {
        let seed = ipamSeed("round \(round)") &+ round
        var cluster = try cluster(6, seed: seed)
        cluster.loss = [0, 10, 40].randomElement(using: &cluster.generator) ?? 0
        for _ in 0..<15 {
            let living = cluster.nodes.indices.filter { !cluster.nodes[$0].isGone }
            let index = living.randomElement(using: &cluster.generator) ?? 0
            let up = living.filter { cluster.nodes[$0].isUp }
            switch Int.random(in: 0..<8, using: &cluster.generator) {
            case 0, 1:
                if cluster.nodes.count < 12 { cluster.add("x\(cluster.nodes.count)", cluster.nodes[0].configuration) }
            // Enough stay to remove the others.
            case 2: if up.count * 2 > living.count + 3 { cluster.crash(index) }
            case 3: if up.count * 2 > living.count + 3 { cluster.handle(index, .leave) }
            case 4: cluster.nodes[index].side = Int.random(in: 0...1, using: &cluster.generator)
            case 5: cluster.handle(index, .needBlock(range: "", .ipv4))
            default:
                let dead = living.filter { !cluster.nodes[$0].isUp }
                if let dead = dead.randomElement(using: &cluster.generator),
                    let user = up.randomElement(using: &cluster.generator)
                {
                    cluster.handle(user, .removePeer(cluster.nodes[dead].record.id))
                }
            }
            cluster.run(.milliseconds(Int.random(in: 200...4000, using: &cluster.generator)))
        }
        cluster.loss = 0
        for index in cluster.nodes.indices { cluster.nodes[index].side = 0 }
        cluster.run(.seconds(20))
        // Whoever is down is removed, and who left without being heard.
        let user = try #require(
            cluster.nodes.indices.first {
                cluster.nodes[$0].isUp && !cluster.nodes[$0].isGone && cluster.nodes[$0].core.leaving == nil
            }
        )
        for index in cluster.nodes.indices where !cluster.nodes[index].isUp || cluster.nodes[index].isGone {
            cluster.nodes[index].hasLeft = true
            guard cluster.nodes[user].view.member(cluster.nodes[index].record.id) != nil else { continue }
            cluster.handle(user, .removePeer(cluster.nodes[index].record.id))
            cluster.run(.seconds(5))
        }
        cluster.run(.seconds(100))
        cluster.checkNothingIsLost()
    }
}
