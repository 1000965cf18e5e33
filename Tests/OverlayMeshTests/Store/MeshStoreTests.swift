import FolderTesting
import SeededTesting
import Glibc
import OverlayCore
import OverlayMesh
import Testing

@Suite("mesh store")
struct MeshStoreTests {
    private func entry(_ name: UInt8, _ version: UInt64, _ value: [UInt8] = []) -> ReplicatedEntry {
        ReplicatedEntry(key: .init(kind: .ring, name: [name]), version: version, value: value)
    }

    @Test func `what was written is there after a restart`() throws {
        let folder = TestFolder()
        let written = [
            entry(1, 1, [1, 2, 3]), entry(2, .max),
            ReplicatedEntry(key: .init(kind: .init(rawValue: 250), name: []), version: 0, value: [9]),
        ]
        do {
            let store = try MeshStore(folder: StateFolder(path: folder.path))
            try store.append(Array(written[..<2]))
            try store.append(Array(written[2...]))
        }
        #expect(Set(try MeshStore(folder: StateFolder(path: folder.path)).entries) == Set(written))
    }

    @Test func `the newer of two entries counts, in whatever order they come`() throws {
        let folder = TestFolder()
        do {
            let store = try MeshStore(folder: StateFolder(path: folder.path))
            try store.append([entry(1, 2, [2])])
            try store.append([entry(1, 1, [1]), entry(1, 2, [1])])
        }
        #expect(try MeshStore(folder: StateFolder(path: folder.path)).entries == [entry(1, 2, [2])])
    }

    @Test func `a crash at any byte of a write loses that write alone`() throws {
        let folder = TestFolder()
        var lengths: [Int] = []
        do {
            let store = try MeshStore(folder: StateFolder(path: folder.path))
            for number in 1...3 as ClosedRange<UInt8> {
                try store.append([entry(number, 1, [UInt8](repeating: number, count: 10)), entry(number + 10, 1)])
                lengths.append(folder.bytes(of: "mesh").count)
            }
        }
        let whole = folder.bytes(of: "mesh")
        for length in lengths[0]...whole.count {
            folder.write(Array(whole[..<length]), to: "mesh")
            let entries = try MeshStore(folder: StateFolder(path: folder.path)).entries
            #expect(entries.count == 2 * lengths.count(where: { $0 <= length }))
        }
    }

    @Test func `garbage at the end is cut off, and writing goes on`() throws {
        let folder = TestFolder()
        var generator = SeededGenerator()
        for round in 1...20 as ClosedRange<UInt8> {
            let store = try MeshStore(folder: StateFolder(path: folder.path))
            #expect(store.entries.count == Int(round) - 1, "\(generator)")
            try store.append([entry(round, 1)])
            let garbage = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            folder.write(folder.bytes(of: "mesh") + garbage, to: "mesh")
        }
    }

    @Test func `damage before a good write is told`() throws {
        let folder = TestFolder()
        let start = "trama mesh 1\n".utf8.count
        do {
            let store = try MeshStore(folder: StateFolder(path: folder.path))
            try store.append([entry(1, 1)])
            try store.append([entry(2, 1)])
        }
        let whole = folder.bytes(of: "mesh")
        let end = start + (whole.count - start) / 2
        for position in start..<end {
            var damaged = whole
            damaged[position] ^= 0x10
            folder.write(damaged, to: "mesh")
            let error = #expect(throws: StateError.self) { try MeshStore(folder: StateFolder(path: folder.path)) }
            #expect(error?.description.contains("bytes \(start) to \(end) cannot be read") == true)
            #expect(folder.bytes(of: "mesh") == damaged)
        }
    }

    @Test func `a file of something else is not touched`() throws {
        let folder = TestFolder()
        folder.write(Array("hello".utf8), to: "mesh")
        #expect(throws: StateError.self) { try MeshStore(folder: StateFolder(path: folder.path)) }
        #expect(folder.bytes(of: "mesh") == Array("hello".utf8))
    }

    @Test func `the file stays small however often an entry changes`() throws {
        let folder = TestFolder()
        let store = try MeshStore(folder: StateFolder(path: folder.path))
        let value = [UInt8](repeating: 7, count: 100_000)
        for version in 1...40 as ClosedRange<UInt64> { try store.append([entry(1, version, value)]) }
        #expect(folder.bytes(of: "mesh").count < 2_000_000)
        #expect(store.entries == [entry(1, 40, value)])
    }

    @Test func `after a failure everything is written anew`() throws {
        let folder = TestFolder()
        let parked = "\(folder.path)-parked"
        let value = [UInt8](repeating: 7, count: 2 << 20)
        do {
            let store = try MeshStore(folder: StateFolder(path: folder.path))
            // So much outdated that the next write makes a new file.
            for version in 1...3 as ClosedRange<UInt64> { try store.append([entry(1, version, value)]) }
            try #require(rename(folder.path, parked) == 0)
            #expect(throws: StateError.self) { try store.append([entry(2, 1)]) }
            try #require(rename(parked, folder.path) == 0)
            try store.append([entry(3, 1)])
        }
        let entries = try MeshStore(folder: StateFolder(path: folder.path)).entries
        #expect(Set(entries) == [entry(1, 3, value), entry(2, 1), entry(3, 1)])
    }
}
