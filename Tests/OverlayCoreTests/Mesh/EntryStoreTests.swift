import SeededTesting
import Testing

@testable import OverlayCore

/// The table in hash order, and the sums over it.
@Suite struct EntryStoreTests {
    private func entry(_ number: UInt64, version: UInt64, kind: ReplicatedEntry.Kind = .ring) -> ReplicatedEntry {
        let name = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        return ReplicatedEntry(key: .init(kind: kind, name: name), version: version, value: [UInt8(version & 0xff)])
    }

    @Test func `what was offered is found, in the order of hashes, as in a dictionary`() {
        var generator = SeededGenerator()
        print(generator)
        var table = EntryTable()
        var model: [ReplicatedEntry.Key: ReplicatedEntry] = [:]
        for _ in 0..<2000 {
            let entry = entry(generator.next() % 700, version: generator.next() % 4)
            _ = table.offer(entry, hasRoom: true)
            if model[entry.key].map({ entry.supersedes($0) }) ?? true { model[entry.key] = entry }
        }
        #expect(table.count == model.count)
        for entry in model.values { #expect(table.entry(hash: entry.storage.hash, key: entry.key) == entry) }
        var all: [ReplicatedEntry] = []
        table.forEach {
            all.append($0)
            return true
        }
        #expect(all == model.values.sorted { $0.storage.hash < $1.storage.hash }, "\(generator)")
    }

    @Test func `the sums follow from the entries, not from their order`() {
        var generator = SeededGenerator()
        let entries = (0..<300).map { entry($0 % 200, version: $0 / 3, kind: $0 % 2 == 0 ? .ring : .vote) }
        var first = EntryStore()
        var second = EntryStore()
        for entry in entries { _ = first.offer(entry, limit: .max) }
        for entry in entries.shuffled(using: &generator) { _ = second.offer(entry, limit: .max) }
        #expect(first.root == second.root)
        #expect(first.bucketSums(bits: 8) == second.bucketSums(bits: 8))
        for bits in UInt8(0)...8 {
            let sums = first.bucketSums(bits: bits)
            for bucket in sums.indices {
                let entries = first.entries(inBucket: UInt8(bucket), bits: bits)
                #expect(entries.reduce(0) { $0 &+ $1.storage.fingerprint } == sums[bucket])
            }
        }
    }

    @Test func `no entry of a new key is taken beyond the limit`() {
        var store = EntryStore()
        for number in 0..<10 { _ = store.offer(entry(UInt64(number), version: 1), limit: 5) }
        #expect(store.count == 5)
    }

    @Test func `members are found around the end of the ring`() {
        var generator = SeededGenerator()
        var store = EntryStore()
        var hashes: [UInt64] = []
        for _ in 0..<50 {
            let entry = PeerRecord(id: .random(using: &generator), name: "").entry
            hashes.append(entry.storage.hash)
            _ = store.offer(entry, limit: .max)
        }
        for start in hashes {
            let found = store.members(behind: start, within: 1...UInt64.max, limit: 100).map(\.storage.hash)
            #expect(found == hashes.filter { $0 != start }.sorted { $0 &- start < $1 &- start }, "\(generator)")
            let band = MeshCore.distances(0)
            let near = store.members(behind: start, within: band, limit: 100).map(\.storage.hash)
            #expect(near == found.filter { band.contains($0 &- start) })
        }
    }

    @Test func `bands cover all distances once`() {
        #expect(MeshCore.distances(0).upperBound == .max)
        for band in 0..<20 {
            #expect(MeshCore.distances(band).lowerBound == MeshCore.distances(band + 1).upperBound + 1)
            #expect(MeshCore.band(MeshCore.distances(band).lowerBound) == band)
            #expect(MeshCore.band(MeshCore.distances(band).upperBound) == band)
        }
        #expect(MeshCore.distances(20) == 1...15)
    }
}
