import APIRegistry
import Logging
import Storage

extension WatchCache {
    /// Who is told what the cache hears.
    struct Listener: Sendable {
        /// Keys besides those of objects that are read when everything is read.
        var ranges: [KeyRange] = []
        /// Everything was read: the caches are as the store, and these are the values of the other ranges.
        var loaded: @Sendable ([StoredValue]) -> Void
        /// Something changed, and was applied to the cache of its kind.
        var changed: @Sendable (StoreEvent, KindCache?) -> Void
    }

    /// How many objects are read at once when a kind is loaded.
    private static let pageSize = 500
    /// How long to wait before the store is watched again, after it failed.
    private static let retryDelay = Duration.milliseconds(500)
    /// How often it is checked that the watch tells what the store does, where nobody reads.
    private static let checkInterval = Duration.seconds(5)
    /// How long the check may take.
    private static let checkTimeout = Duration.seconds(3)

    /// Loads everything and follows the store, until the task is cancelled.
    ///
    /// A watch that breaks is begun again where it ended; only where the store has forgotten what happened since then
    /// is everything read again, and clients' watches end.
    func run(_ listener: Listener) async {
        var isLoaded = false
        while !Task.isCancelled {
            do {
                if !isLoaded {
                    let (revision, others) = try await load(listener.ranges)
                    let watch = try await store.watch(Self.range, after: revision)
                    listener.loaded(others)
                    isLoaded = true
                    progress.advance(to: revision)
                    try await follow(watch, listener)
                } else {
                    try await follow(try await store.watch(Self.range, after: progress.revision), listener)
                }
                if Task.isCancelled { return }
                logger.warning("the store's watch ended; it is begun again")
            } catch {
                if Task.isCancelled { return }
                if case StoreError.compacted = error {
                    isLoaded = false
                    logger.warning("the store has forgotten what was not watched; everything is read again")
                } else {
                    logger.warning("the store cannot be watched; it is tried again", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: Self.retryDelay)
        }
    }

    /// Applies what a watch tells, until it ends, fails or is silent.
    private func follow(_ watch: StoreWatch, _ listener: Listener) async throws {
        let silence = silences.revision
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await batch in watch { self.apply(batch, listener) } }
            group.addTask { _ = await self.silences.wait(for: silence.next) }
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.checkInterval)
                    // Finds out by itself whether the watch is silent; that the store is away is no news.
                    _ = try? await self.catchUp(timeout: Self.checkTimeout)
                }
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    private func load(_ ranges: [KeyRange]) async throws(StoreError) -> (Revision, [StoredValue]) {
        let revision = try await store.currentRevision()
        for cache in kinds {
            var objects: [CachedObject] = []
            try await read(KeyRange(prefix: cache.kind.storagePrefix), at: revision) { value, count in
                if objects.isEmpty { objects.reserveCapacity(count) }
                guard let object = CachedObject(value, head: cache.head) else {
                    logger.error("the store holds what is no object; it is left out", metadata: ["key": "\(value.key)"])
                    return
                }
                objects.append(object)
            }
            cache.load(objects, revision: revision)
        }
        var others: [StoredValue] = []
        for range in ranges { try await read(range, at: revision) { value, _ in others.append(value) } }
        return (revision, others)
    }

    /// Reads a range in pages.
    ///
    /// - Parameter body: Is given a value, and how many there are.
    func read(
        _ range: KeyRange,
        at revision: Revision,
        _ body: (StoredValue, Int) -> Void
    ) async throws(StoreError) {
        var range = range
        while true {
            let page = try await store.range(range, limit: Self.pageSize, at: revision)
            for value in page.values { body(value, page.count) }
            guard page.hasMore, let last = page.values.last else { return }
            range.start = last.key + "\0"
        }
    }

    private func apply(_ batch: StoreEventBatch, _ listener: Listener) {
        // Most batches are about one kind.
        var start = 0
        let events = batch.events
        while start < events.count {
            let cache = self.cache(ofKey: events[start].key)
            var end = start + 1
            while end < events.count, self.cache(ofKey: events[end].key) === cache { end += 1 }
            cache?.apply(Array(events[start..<end]))
            for event in events[start..<end] { listener.changed(event, cache) }
            start = end
        }
        progress.advance(to: batch.revision)
    }
}
