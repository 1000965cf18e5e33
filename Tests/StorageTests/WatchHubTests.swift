import Storage
import Testing

@Suite struct WatchHubTests {
    private let range = KeyRange(prefix: "/a/")

    private func event(_ key: String, _ revision: Int64, size: Int = 1) -> StoreEvent {
        let value = StoredValue(
            key: key,
            value: [UInt8](repeating: 0, count: size),
            createRevision: Revision(revision),
            modRevision: Revision(revision)
        )
        return StoreEvent(key: key, revision: Revision(revision), value: value, previous: nil)
    }

    @Test func `a watcher is told what is in its range, in order`() async throws {
        let hub = WatchHub(revision: Revision(1))
        let watch = try #require(hub.watch(range, after: nil))
        hub.publish([event("/a/1", 2), event("/b/1", 3)], revision: Revision(3))
        hub.publish([event("/a/2", 4)], revision: Revision(4))
        let batch = try #require(try await watch.next())
        #expect(batch.events.map(\.key) == ["/a/1", "/a/2"])
        #expect(batch.revision == Revision(4))
    }

    @Test func `a watch begins at a past revision that is in memory`() async throws {
        let hub = WatchHub(revision: Revision(5))
        hub.publish([event("/a/1", 6), event("/a/2", 7)], revision: Revision(7))
        #expect(hub.watch(range, after: Revision(4)) == nil)
        let watch = try #require(hub.watch(range, after: Revision(6)))
        #expect(try await watch.next()?.events.map(\.key) == ["/a/2"])
    }

    @Test func `history drops whole transactions`() throws {
        let hub = WatchHub(revision: Revision(1), limits: .init(historyEventCount: 3))
        hub.publish([event("/a/1", 2), event("/a/2", 2), event("/a/3", 3), event("/a/4", 4)], revision: Revision(4))
        #expect(hub.watch(range, after: Revision(1)) == nil)
        #expect(hub.watch(range, after: Revision(2)) != nil)
    }

    @Test(arguments: [
        WatchHub.Limits(watcherEventCount: 2),
        WatchHub.Limits(watcherByteCount: 5000),
    ])
    func `a watcher whose buffer is full is told that it was too slow`(limits: WatchHub.Limits) async throws {
        let hub = WatchHub(revision: Revision(1), limits: limits)
        let watch = try #require(hub.watch(range, after: nil))
        let others = try #require(hub.watch(KeyRange(prefix: "/b/"), after: nil))
        for revision in 2...4 as ClosedRange<Int64> {
            hub.publish([event("/a/1", revision, size: 2000)], revision: Revision(revision))
        }
        await #expect(throws: StoreError.tooSlow) { try await watch.next() }
        hub.publish([event("/b/1", 5)], revision: Revision(5))
        #expect(try await others.next()?.revision == Revision(5))
    }

    @Test func `who waits is woken, also by mere progress`() async throws {
        let hub = WatchHub(revision: Revision(1), limits: .init(progressInterval: .seconds(1000)))
        let watch = try #require(hub.watch(range, after: nil))
        hub.publish([event("/b/1", 2)], revision: Revision(2))
        // Progress is told to those that wait at that moment.
        let told = try await withThrowingTaskGroup(of: StoreEventBatch?.self) { group in
            group.addTask { try await watch.next() }
            group.addTask {
                while !Task.isCancelled {
                    hub.tellProgress()
                    try? await Task.sleep(for: .milliseconds(1))
                }
                return nil
            }
            let told = try await group.next() ?? nil
            group.cancelAll()
            return told
        }
        #expect(told == StoreEventBatch(events: [], revision: Revision(2)))
    }

    @Test func `a cancelled task waits no longer`() async throws {
        let hub = WatchHub(revision: Revision(1))
        let watch = try #require(hub.watch(range, after: nil))
        let task = Task { try await watch.next() }
        task.cancel()
        #expect(try await task.value == nil)
    }

    @Test func `closing ends every watch`() async throws {
        let hub = WatchHub(revision: Revision(1))
        let watch = try #require(hub.watch(range, after: nil))
        async let batch = watch.next()
        hub.close()
        #expect(try await batch == nil)
    }

    @Test func `a watch that nobody has is forgotten`() {
        let hub = WatchHub(revision: Revision(1))
        var watch = hub.watch(range, after: nil)
        #expect(hub.watcherCount == 1)
        _ = watch
        watch = nil
        #expect(hub.watcherCount == 0)
    }
}
