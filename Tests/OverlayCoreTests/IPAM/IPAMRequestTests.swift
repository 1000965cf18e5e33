import Addressing
import Testing

@testable import OverlayCore

@Suite struct IPAMRequestTests {
    @Test func everybodyGetsABlockOfEachFamily() throws {
        var cluster = TestCluster(seed: 1)
        for name in ["a", "b", "c", "d", "e", "f"] {
            cluster.add(name, try .test(.seeds(["a", "b"]), dual: true))
        }
        cluster.run(.seconds(10))
        for node in cluster.nodes {
            #expect(node.core.blocks.count == 2, "\(node.record.name)")
            #expect(node.core.nextDeadline == nil)
            #expect(node.core.status(node.view).map(\.text) == ["ready", "ready"])
        }
        cluster.checkNothingIsLost()
    }

    @Test(arguments: [["a"], ["b"]])
    func aRequestFromBeforeARestartIsNotDueAllTheTimeWithoutARing(_ seeds: [String]) throws {
        var generator = SplitMix64(seed: 3)
        let own = PeerRecord(id: .random(using: &generator), name: "a")
        let request = SpaceRequest(
            requester: own.id,
            ring: 1,
            family: .ipv4,
            donor: .random(using: &generator),
            version: 1
        )
        let configuration: IPAMConfiguration = try .test(seeds == ["a"] ? .seeds(seeds) : .join)
        var view = TestView()
        view.offer(own.entry)
        view.offer(request.entry)
        var core = IPAMCore(configuration: configuration, own: own, stored: view.all, seed: 1, now: .zero)
        _ = core.handle(.tick, view: view, now: .zero)
        #expect(core.nextDeadline.map { $0 > .zero } ?? true)
    }

    @Test func theLastBlockIsGivenAndThenNobodyHasOne() throws {
        var cluster = TestCluster(seed: 2)
        for name in ["a", "b", "c", "d", "e"] { cluster.add(name, try .test(.seeds(["a"]), length: 22)) }
        cluster.run(.seconds(40))
        #expect(cluster.nodes.filter { $0.core.blocks.count == 1 }.count == 4)
        let poor = try #require(cluster.nodes.first { $0.core.blocks.isEmpty })
        #expect(
            poor.core.status(poor.view).first?.text
                == "waiting for IPv4 space: no reachable peer has a free block"
        )
        #expect(poor.failures.count == 1)
        cluster.checkNothingIsLost()
    }

    @Test func aReleasedBlockIsGivenToWhoNeedsIt() throws {
        var cluster = TestCluster(seed: 3)
        let a = cluster.add("a", try .test(.seeds(["a"]), length: 23))
        let b = cluster.add("b", try .test(.seeds(["a"]), length: 23))
        cluster.run(.seconds(6))
        cluster.handle(b, .needBlock(range: "", .ipv4))
        cluster.run(.seconds(5))
        #expect(cluster.nodes[b].core.blocks.count == 1)
        let block = try #require(cluster.nodes[a].core.blocks.first)
        cluster.handle(a, .releaseBlock(range: "", block))
        cluster.run(.seconds(30))
        #expect(cluster.nodes[b].core.blocks.count == 2)
        #expect(cluster.nodes[a].core.blocks.isEmpty)
    }

    @Test func ofUnreachableOwnersTheStatusSaysSo() throws {
        var cluster = TestCluster(seed: 4)
        let a = cluster.add("a", try .test(.seeds(["a"])))
        let b = cluster.add("b", try .test(.seeds(["a"])))
        cluster.run(.seconds(1))
        cluster.nodes[b].side = 1
        cluster.run(.seconds(3))
        #expect(cluster.nodes[b].core.status(cluster.nodes[b].view).first?.text == "waiting for the seeds a")
        cluster.nodes[b].side = 0
        cluster.run(.seconds(4))
        cluster.crash(a)
        cluster.handle(b, .needBlock(range: "", .ipv4))
        while cluster.nodes[b].core.lowestFreeForTest { cluster.handle(b, .needBlock(range: "", .ipv4)) }
        cluster.handle(b, .needBlock(range: "", .ipv4))
        #expect(
            cluster.nodes[b].core.status(cluster.nodes[b].view).first?.text
                == "all IP ranges owned by unreachable peers - use 'rmpeer' if they are dead"
        )
    }

    @Test func ofAGiftThatIsHalfOnDiskTheReceiverHasAll() throws {
        var cluster = TestCluster(seed: 5)
        let a = cluster.add("a", try .test(.seeds(["a"])))
        cluster.run(.seconds(3))
        let before = try #require(cluster.nodes[a].view.entries(of: .ring).first)
        let b = cluster.add("b", try .test(.seeds(["a"])))
        cluster.run(.seconds(6))
        #expect(cluster.nodes[b].core.ranges[0].ownedCount == 32)
        cluster.crash(a)
        // The shorter entry of the giver did not get to disk, and nobody has heard of it.
        for index in [a, b] { cluster.nodes[index].view.set(before) }
        cluster.nodes[a].disk[before.key] = before
        cluster.restart(a)
        #expect(cluster.nodes[a].core.ranges[0].ownedCount == 32)
        cluster.run(.seconds(5))
        cluster.checkNothingIsLost()
    }

    @Test(arguments: 0..<10)
    func noAddressIsEverTwoPeersWhateverHappens(_ round: UInt64) throws {
        let seed = ipamSeed("round \(round)") &+ round
        var cluster = TestCluster(seed: seed)
        cluster.loss = [0, 10, 40, 80].randomElement(using: &cluster.generator) ?? 0
        let configuration = try IPAMConfiguration.test(
            .seeds(["n0", "n1", "n2"]),
            length: Int.random(in: 17...20, using: &cluster.generator),
            dual: Bool.random(using: &cluster.generator)
        )
        for index in 0..<5 { cluster.add("n\(index)", configuration) }
        for _ in 0..<40 {
            let index = Int.random(in: cluster.nodes.indices, using: &cluster.generator)
            switch Int.random(in: 0..<8, using: &cluster.generator) {
            case 0, 1: cluster.handle(index, .needBlock(range: "", .ipv4))
            case 2:
                if let block = cluster.nodes[index].core.blocks.randomElement(using: &cluster.generator),
                    cluster.nodes[index].isUp
                {
                    cluster.handle(index, .releaseBlock(range: "", block))
                }
            case 3: cluster.nodes[index].side = Int.random(in: 0...1, using: &cluster.generator)
            case 4: cluster.crash(index)
            case 5: if !cluster.nodes[index].isUp { cluster.restart(index) }
            case 6: if cluster.nodes.count < 8 { cluster.add("n\(cluster.nodes.count)", configuration) }
            default: break
            }
            cluster.run(.milliseconds(Int.random(in: 50...1500, using: &cluster.generator)))
        }
        cluster.loss = 0
        for index in cluster.nodes.indices {
            cluster.nodes[index].side = 0
            if !cluster.nodes[index].isUp { cluster.restart(index) }
        }
        cluster.run(.seconds(20))
        cluster.checkNothingIsLost()
        let rings = Set(cluster.nodes.map { Set($0.view.entries(of: .ring)) })
        #expect(rings.count == 1, "all have the same ring in the end")
    }
}

extension IPAMCore {
    /// We have a block to spare.
    var lowestFreeForTest: Bool { ranges.contains { $0.lowestFree != nil } }
}
