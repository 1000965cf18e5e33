import APIRegistry
import Logging
import Storage
import Synchronization

/// All kinds in memory, kept up to date by one watch of the store.
final class WatchCache: Sendable {
    /// One cache per kind, in the order of the registry.
    let kinds: [KindCache]
    /// How far all of them have come.
    let progress = RevisionGate()
    private let store: any Store
    private let logger: Logger
    private let stopping = Atomic<Bool>(false)

    /// How many objects are read at once when a kind is loaded.
    private static let pageSize = 2_000
    /// How long to wait before everything is loaded again, after the store failed.
    private static let retryDelay = Duration.milliseconds(500)

    init(store: any Store, registry: KindRegistry, logger: Logger) {
        self.store = store
        self.logger = logger
        kinds = registry.kinds.filter { $0.conversion == nil }.map { KindCache($0) }
    }

    /// What holds the objects of that kind, perhaps under another version; nil for kinds that are not in the registry.
    func cache(of kind: KindDefinition) -> KindCache? {
        kinds.first { $0.kind.storagePrefix == kind.storagePrefix }
    }

    /// Waits until everything that is in the store by now is here, too.
    ///
    /// - Returns: A revision that the caches have reached.
    func catchUp(timeout: Duration) async throws(StoreError) -> Revision {
        let revision = try await store.currentRevision()
        guard await progress.wait(for: revision, timeout: timeout) else {
            throw .unavailable(reason: "the cache is behind the store: \(progress.revision) of \(revision)")
        }
        return max(revision, progress.revision)
    }

    /// Loads everything and follows the store, until the task is cancelled.
    ///
    /// - Parameters:
    ///   - loaded: Is told of each kind whose objects were read.
    ///   - note: Is told of every change, after it was applied to the cache of its kind.
    func run(loaded: (KindCache) -> Void, note: (StoreEvent, KindCache?) -> Void) async {
        while !Task.isCancelled {
            do {
                let revision = try await load()
                let watch = try await store.watch(KeyRange(prefix: "/registry/"), after: revision)
                for cache in kinds { loaded(cache) }
                progress.advance(to: revision)
                for try await batch in watch { apply(batch, note) }
                if Task.isCancelled { return }
                logger.warning("the store's watch ended; everything is read again")
            } catch {
                if Task.isCancelled { return }
                logger.warning("the store's watch failed; everything is read again", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.retryDelay)
        }
    }

    private func load() async throws(StoreError) -> Revision {
        let revision = try await store.currentRevision()
        for cache in kinds {
            var objects: [CachedObject] = []
            var range = KeyRange(prefix: cache.kind.storagePrefix)
            while true {
                let page = try await store.range(range, limit: Self.pageSize, at: revision)
                if objects.isEmpty { objects.reserveCapacity(page.count) }
                for value in page.values {
                    guard let object = CachedObject(value, head: cache.head) else {
                        logger.error(
                            "the store holds what is no object; it is left out",
                            metadata: ["key": "\(value.key)"]
                        )
                        continue
                    }
                    objects.append(object)
                }
                guard page.hasMore, let last = page.values.last else { break }
                range.start = last.key + "\0"
            }
            cache.load(objects, revision: revision)
        }
        return revision
    }

    private func apply(_ batch: StoreEventBatch, _ note: (StoreEvent, KindCache?) -> Void) {
        // Most batches are about one kind.
        var start = 0
        let events = batch.events
        while start < events.count {
            let cache = self.cache(ofKey: events[start].key)
            var end = start + 1
            while end < events.count, self.cache(ofKey: events[end].key) === cache { end += 1 }
            cache?.apply(Array(events[start..<end]))
            for event in events[start..<end] { note(event, cache) }
            start = end
        }
        progress.advance(to: batch.revision)
    }

    private func cache(ofKey key: String) -> KindCache? {
        kinds.first { key.hasPrefix($0.kind.storagePrefix) }
    }

    /// Whether no more watches are to begin.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Ends all watches, as the server stops.
    func stopWatches() {
        stopping.store(true, ordering: .releasing)
        for cache in kinds { cache.endWatches(.shutdown) }
    }
}
