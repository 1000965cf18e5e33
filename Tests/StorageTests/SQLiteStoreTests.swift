import FolderTesting
import Glibc
import SQLiteStore
import Storage
import Testing

@Suite struct SQLiteStoreTests {
    private let folder = TestFolder()
    private var path: String { "\(folder.path)/new/store.db" }

    @Test func `only the owner can read the file and its folder`() async throws {
        let store = try await SQLiteStore.open(at: path)
        try await store.put("/a", "1")
        #expect(folder.mode(of: "new") == 0o700)
        for name in ["store.db", "store.db-wal", "store.db-shm", "store.db.lock"] {
            #expect(folder.mode(of: "new/\(name)") == 0o600, "\(name)")
        }
        await store.shutdown()
    }

    @Test func `what was written is there after opening it again, and revisions go on`() async throws {
        var store = try await SQLiteStore.open(at: path)
        let first = try await store.put("/a", "1")
        let last = try await store.delete("/b/none")
        #expect(first == Revision(2) && last == first)
        await store.shutdown()
        store = try await SQLiteStore.open(at: path)
        #expect(try await store.get("/a")?.text == "1")
        #expect(try await store.currentRevision() == first)
        #expect(try await store.put("/a", "2") == first.next)
        await store.shutdown()
    }

    @Test func `revisions go on where the newest key was deleted and forgotten`() async throws {
        var store = try await SQLiteStore.open(at: path)
        try await store.put("/a", "1")
        let gone = try await store.delete("/a")
        try await store.compact(before: gone)
        await store.shutdown()
        store = try await SQLiteStore.open(at: path)
        #expect(try await store.put("/b", "1") == gone.next)
        await store.shutdown()
    }

    @Test func `a second opener is told which process has the file`() async throws {
        let store = try await SQLiteStore.open(at: path)
        await #expect(throws: SQLiteStoreError.locked(path: path, holder: getpid())) {
            _ = try await SQLiteStore.open(at: path)
        }
        await store.shutdown()
        await (try await SQLiteStore.open(at: path)).shutdown()
    }

    @Test func `a file that is no database stays as it is`() async throws {
        let bytes = Array("This is no database, but a letter to a friend.".utf8)
        folder.write(bytes, to: "letter")
        let path = "\(folder.path)/letter"
        do {
            _ = try await SQLiteStore.open(at: path)
            Issue.record("it was opened")
        } catch {
            guard case .corrupt(path, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(folder.bytes(of: "letter") == bytes)
    }

    @Test func `a store that was shut down is free, though a child that is being started has its files`() async throws {
        let store = try await SQLiteStore.open(at: path)
        // What a child has between fork(2) and execve(2).
        var copy: Int32 = -1
        for descriptor in Int32(0)..<4_096 where copy < 0 {
            var bytes = [CChar](repeating: 0, count: 4_096)
            let count = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count)
            guard count > 0 else { continue }
            let target = String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if target == path + ".lock" { copy = dup(descriptor) }
        }
        #expect(copy >= 0)
        await store.shutdown()
        await (try await SQLiteStore.open(at: path)).shutdown()
        close(copy)
    }

    @Test func `a newer format is refused`() async throws {
        await (try await SQLiteStore.open(at: path)).shutdown()
        // user_version: https://www.sqlite.org/fileformat.html#the_database_header
        folder.write([0, 0, 0, 9], to: "new/store.db", at: 60)
        await #expect(throws: SQLiteStoreError.newer(path: path, found: 9, known: 1)) {
            _ = try await SQLiteStore.open(at: path)
        }
    }

    @Test func `another program's database is refused`() async throws {
        await (try await SQLiteStore.open(at: path)).shutdown()
        folder.write([1, 2, 3, 4], to: "new/store.db", at: 68)
        await #expect(throws: SQLiteStoreError.foreign(path: path)) { _ = try await SQLiteStore.open(at: path) }
    }

    @Test func `a commit waits for the disk`() async throws {
        let store = try await SQLiteStore.open(at: path)
        #expect(try await store.durability() == "wal, synchronous 2")
        await store.shutdown()
    }

    @Test func `a key's time runs while the store is closed`() async throws {
        var store = try await SQLiteStore.open(at: path)
        try await store.put("/a", "1", for: .milliseconds(1))
        await store.shutdown()
        store = try await SQLiteStore.open(at: path, options: .init(sweepInterval: .milliseconds(10)))
        for try await batch in try await store.watch(KeyRange(key: "/a"), after: Revision(2))
        where !batch.events.isEmpty {
            #expect(batch.events.first?.value == nil)
            break
        }
        await store.shutdown()
    }

    @Test func `history is forgotten by itself, and what is left reads the same`() async throws {
        let options = SQLiteStore.Options(historyRevisionCount: 32, sweepInterval: .milliseconds(5))
        let store = try await SQLiteStore.open(at: path, options: options)
        for number in 0..<400 { try await store.put("/key/\(number % 7)", "\(number)") }
        try await store.delete("/key/0")
        // Revision 3 is readable until the next sweep.
        while await storeError({ _ = try await store.get("/key/0", at: Revision(3)) }) == nil {
            try await Task.sleep(for: .milliseconds(5))
        }
        while try await store.entryCount() > 60 { try await Task.sleep(for: .milliseconds(5)) }
        let values = try await store.range(KeyRange(prefix: "/key/"), limit: nil, at: nil).values
        #expect(values.map(\.text) == ["393", "394", "395", "396", "397", "398"])
        await store.shutdown()
    }

    @Test func `a full disk fails whole batches, shows none of them, and is got over`() async throws {
        let store = try await SQLiteStore.open(at: path)
        let watch = try await store.watch(KeyRange(prefix: "/full/"), after: nil)
        try await store.limitGrowth(toPages: 40)
        let acknowledged = await withTaskGroup(of: String?.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let change = StoreTransaction.Change.put(
                        key: "/full/\(number)",
                        value: [UInt8](repeating: 1, count: 20_000),
                        timeToLive: nil
                    )
                    let outcome = try? await store.commit(StoreTransaction(then: [change]))
                    return outcome == nil ? nil : change.key
                }
            }
            return await group.reduce(into: Set<String>()) { if let key = $1 { $0.insert(key) } }
        }
        #expect(acknowledged.count < 64)
        let range = try await store.range(KeyRange(prefix: "/full/"), limit: nil, at: nil)
        #expect(Set(range.values.map(\.key)) == acknowledged)
        #expect(range.revision.rawValue == Int64(1 + acknowledged.count), "what failed took no revision")
        try await store.limitGrowth(toPages: nil)
        let last = try await store.put("/full/last", "1")
        #expect(last == range.revision.next)
        let told = try await watch.events(upTo: last).map(\.key)
        #expect(Set(told) == acknowledged.union(["/full/last"]) && told.count == acknowledged.count + 1)
        await store.shutdown()
    }
}
