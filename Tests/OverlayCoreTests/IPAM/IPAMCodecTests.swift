import Addressing
import Testing

@testable import OverlayCore

@Suite struct IPAMCodecTests {
    private let peer = PeerID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)

    @Test func aRingEntryIsTheseBytes() throws {
        let first = try #require(IPAddress("10.32.0.0"))
        let last = try #require(IPAddress("10.32.1.255"))
        let ring = RingEntry(ring: 0x1122, first: first, last: last, owner: peer, version: 7, wantsReceipt: true)
        // Ring, 4, address.
        #expect(ring.entry.key.name == [0, 0, 0, 0, 0, 0, 0x11, 0x22, 4, 10, 32, 0, 0])
        // Format, flags, owner, last address.
        #expect(ring.entry.value == [1, 2] + peer.bytes + [10, 32, 1, 255])
        #expect(ring.entry.ringEntry == ring)
        var longer = ring.entry
        longer.value += [1, 2, 3]
        #expect(longer.ringEntry == ring, "later versions may append something")
    }

    @Test func aRingEntryDoesNotEndBeforeItBegins() throws {
        let first = try #require(IPAddress("10.32.1.0"))
        let last = try #require(IPAddress("10.32.0.255"))
        let entry = RingEntry(ring: 1, first: first, last: last, owner: peer, version: 1).entry
        #expect(entry.ringEntry == nil)
    }

    @Test func votesComeBackAsTheyWere() throws {
        var vote = Vote(acceptor: peer)
        let low = Ballot(round: 3, proposer: peer)
        let high = Ballot(round: 300, proposer: PeerID(high: 9, low: 9))
        vote.states[.founders] = .init(promised: high, accepted: .init(ballot: low, peers: [peer]), electorate: 5)
        vote.states[.heir(of: PeerID(high: 5, low: 5))] = .init(promised: low, electorate: 4000)
        #expect(try Vote(decoding: vote.entry(version: 9)) == vote)
        let request = SpaceRequest(requester: peer, ring: 5, family: .ipv6, donor: PeerID(high: 1, low: 2), version: 4)
        #expect(try SpaceRequest(decoding: request.entry) == request)
        let cleared = SpaceRequest(requester: peer, ring: 5, family: .ipv4, version: 5)
        #expect(try SpaceRequest(decoding: cleared.entry) == cleared)
        let result = DecisionResult.entry(.founders, [peer, peer], version: 1)
        #expect(DecisionResult.peers(result) == [peer, peer])
        #expect(DecisionSubject(resultKey: result.key) == .founders)
    }

    @Test func aVoteForATooLongListIsRefused() throws {
        var vote = Vote(acceptor: peer)
        let ballot = Ballot(round: 1, proposer: peer)
        vote.states[.founders] = .init(
            promised: ballot,
            accepted: .init(ballot: ballot, peers: Array(repeating: peer, count: 1001)),
            electorate: 1
        )
        #expect(throws: MeshCodecError.invalid("what a vote accepts")) { try Vote(decoding: vote.entry(version: 1)) }
    }

    @Test func noBytesStopThePeer() throws {
        let seed = ipamSeed("fuzz")
        var cluster = TestCluster(seed: seed)
        for name in ["a", "b", "c"] { cluster.add(name, try .test(.seeds(["a", "b"]), dual: true)) }
        cluster.run(.seconds(8))
        let samples = cluster.nodes[0].view.all.filter { $0.key.kind != .peer }
        var vote = Vote(acceptor: peer)
        vote.states[.heir(of: cluster.nodes[0].record.id)] = .init(
            promised: Ballot(round: 1, proposer: peer),
            accepted: .init(ballot: Ballot(round: 1, proposer: peer), peers: [peer]),
            electorate: 3
        )
        let kinds: [ReplicatedEntry.Kind] = [.ring, .vote, .request]
        for round in 0..<5000 {
            let sample = round % 5 == 0 ? vote.entry(version: 1) : samples.randomElement(using: &cluster.generator)
            guard var name = sample?.key.name, var value = sample?.value else { continue }
            for _ in 0..<Int.random(in: 1...4, using: &cluster.generator) {
                let byte = UInt8.random(in: 0...255, using: &cluster.generator)
                switch Int.random(in: 0..<5, using: &cluster.generator) {
                case 0: name.indices.randomElement(using: &cluster.generator).map { name[$0] = byte }
                case 1: value.indices.randomElement(using: &cluster.generator).map { value[$0] = byte }
                case 2: value = Array(value.prefix(Int(byte) % 40))
                case 3: name = Array(name.prefix(Int(byte) % 30))
                default: value.append(byte)
                }
            }
            let kind = Bool.random(using: &cluster.generator) ? sample?.key.kind : kinds.randomElement()
            let version: UInt64 =
                [1, 2, 3, UInt64(round), ReplicatedEntry.versionLimit - 1]
                .randomElement(using: &cluster.generator) ?? 1
            let entry = ReplicatedEntry(key: .init(kind: kind ?? .ring, name: name), version: version, value: value)
            let node = Int.random(in: 0...2, using: &cluster.generator)
            guard cluster.nodes[node].view.offer(entry) else { continue }
            cluster.handle(node, .entries([entry]))
        }
        // Entries that claim to be ours can take from us, or make us own what nobody else does; we go on all the same.
        cluster.run(.seconds(10), checks: false)
        for node in cluster.nodes where !node.isGone { #expect(node.core.status(node.view).count == 2) }
    }

    @Test func theMostAlignedNumberIsFound() {
        #expect((1...UInt64(1)).mostAligned == 1)
        #expect((0...UInt64(9)).mostAligned == 0)
        #expect((5...UInt64(9)).mostAligned == 8)
        #expect((2048...UInt64(4095)).mostAligned == 2048)
        #expect((9...UInt64(11)).mostAligned == 10)
    }

    @Test func slicesCoverEverythingOnce() throws {
        let prefix = try #require(IPPrefix("fd00::/48"))
        let range = try #require(IPAMRange(prefix: prefix, blockLength: 64))
        for count in [1, 2, 3, 7, 1000, 65536] {
            var next: UInt64 = 0
            for place in 0..<count {
                let slice = try #require(range.slice(place, of: count))
                #expect(slice.lowerBound == next)
                next = slice.upperBound + 1
            }
            #expect(next == 65536)
        }
        #expect(range.firstAddress(65535).description == "fd00:0:0:ffff::")
        #expect(range.block(endingAt: range.lastAddress(7)) == 7)
        #expect(IPAMRange(prefix: prefix, blockLength: 81) == nil)
        #expect(IPAMRange(prefix: prefix, blockLength: 47) == nil)
    }
}
