import Addressing
import OverlayCore
import Testing

@testable import OverlayMesh

@Suite("effect queue")
struct EffectQueueTests {
    private func entry(_ name: UInt8, _ version: UInt64 = 1) -> ReplicatedEntry {
        ReplicatedEntry(key: .init(kind: .ring, name: [name]), version: version, value: [])
    }

    private func dial(_ port: UInt16) -> MeshNodeOutput { .mesh(.dial(PeerAddress(address: .v4(1), port: port))) }

    /// What the queue has to do at present, in short: ports to dial, `w` and the names to write.
    private func steps(_ queue: inout EffectQueue) -> [String] {
        var steps: [String] = []
        while let step = queue.next() {
            switch step {
            case .perform(.mesh(.dial(let address))): steps.append("\(address.port)")
            case .perform: steps.append("?")
            case .write(let entries):
                steps.append("w" + entries.map { "\($0.key.name[0])v\($0.version)" }.sorted().joined(separator: ","))
            }
        }
        return steps
    }

    @Test func `what comes after an entry waits until that is written`() {
        var queue = EffectQueue()
        queue.append([dial(1), .mesh(.persist([entry(1)])), dial(2)])
        #expect(steps(&queue) == ["1", "w1v1"])
        queue.append([dial(3)])
        #expect(steps(&queue) == [])
        queue.didWrite()
        #expect(steps(&queue) == ["2", "3"])
        #expect(queue.isEmpty)
    }

    @Test func `all that waits is written at once`() {
        var queue = EffectQueue()
        queue.append([.mesh(.persist([entry(1)])), dial(1), .mesh(.persist([entry(2)])), dial(2)])
        #expect(steps(&queue) == ["w1v1,2v1"])
        queue.append([.mesh(.persist([entry(3), entry(1, 2)])), dial(3), .mesh(.persist([entry(4)])), dial(4)])
        queue.didWrite()
        #expect(steps(&queue) == ["1", "2", "w1v2,3v1,4v1"])
        queue.didWrite()
        #expect(steps(&queue) == ["3", "4"])
    }

    @Test func `others' entries hold nothing up and go with the next write, or when it is time`() {
        var queue = EffectQueue()
        queue.append([.mesh(.store([entry(1), entry(2)])), dial(1)])
        #expect(steps(&queue) == ["1"])
        queue.append([.mesh(.persist([entry(3)])), dial(2), .mesh(.store([entry(4)]))])
        #expect(steps(&queue) == ["w1v1,2v1,3v1"])
        queue.didWrite()
        #expect(steps(&queue) == ["2"])
        #expect(!queue.isEmpty)
        queue.flush()
        #expect(steps(&queue) == ["w4v1"])
        queue.append([.mesh(.persist([entry(5)])), dial(3)])
        #expect(steps(&queue) == [])
        queue.didWrite()
        #expect(steps(&queue) == ["w5v1"])
        queue.didWrite()
        #expect(steps(&queue) == ["3"])
        queue.flush()
        #expect(steps(&queue) == [] && queue.isEmpty)
    }

    @Test func `of one entry the newest is written`() {
        var queue = EffectQueue()
        queue.append([.mesh(.persist([entry(1, 3)])), .mesh(.persist([entry(1, 2)]))])
        #expect(steps(&queue) == ["w1v3"])
    }

    @Test func `at the end everything that was not written is left to write`() {
        var queue = EffectQueue()
        queue.append([.mesh(.store([entry(1)])), .mesh(.persist([entry(2)])), dial(1)])
        #expect(steps(&queue) == ["w1v1,2v1"])
        queue.append([.mesh(.persist([entry(3)])), .mesh(.store([entry(4)])), dial(2)])
        #expect(Set(queue.takeUnwritten()) == [entry(3), entry(4)])
        #expect(queue.isEmpty)
    }
}
