import ObjectSources
import ServiceRouting
import Testing

@Suite("Queue of changes")
struct ObjectChangeQueueTests {
    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    @Test("A later change of an object takes the place of the one that waits")
    func coalesces() async throws {
        let queue = ObjectChangeQueue()
        queue.put([.service(key("a"), nil), .service(key("b"), nil)])
        queue.put([.service(key("a"), nil), .endpointSlice(key("a"), nil), .node(nil), .node(nil)])
        let batch = try #require(await queue.makeAsyncIterator().next())
        #expect(batch.changes.count == 4)
        #expect(!batch.isSynced)
    }

    @Test("That all is synced is told even where nothing changed, and once")
    func synced() async throws {
        let queue = ObjectChangeQueue()
        queue.put([], completes: true)
        let first = try #require(await queue.makeAsyncIterator().next())
        #expect(first.changes.isEmpty)
        #expect(first.isSynced)
        queue.put([], completes: true)
        queue.put([.node(nil)])
        let second = try #require(await queue.makeAsyncIterator().next())
        #expect(second.changes.count == 1)
        #expect(second.isSynced)
    }

    @Test("A reader that waits is woken", .timeLimit(.minutes(1)))
    func wakes() async throws {
        let queue = ObjectChangeQueue()
        async let batch = queue.makeAsyncIterator().next()
        queue.put([.node(nil)])
        #expect(await batch?.changes.count == 1)
    }

    @Test("Nothing is lost between many writers and a reader", .timeLimit(.minutes(1)))
    func manyWriters() async {
        let queue = ObjectChangeQueue()
        let count = await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<500 { queue.put([.service(key("\(writer)-\(number)"), nil)]) }
                }
            }
            var count = 0
            for await batch in queue {
                count += batch.changes.count
                if count == 4000 { break }
            }
            return count
        }
        #expect(count == 4000)
    }

    @Test("A cancelled reader ends", .timeLimit(.minutes(1)))
    func cancelled() async {
        let queue = ObjectChangeQueue()
        let ended = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await queue.makeAsyncIterator().next() == nil }
            group.cancelAll()
            return await group.next()
        }
        #expect(ended == true)
    }
}
