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
    let store: any Store
    let logger: Logger
    /// How often the watch was found to be silent while the store went on.
    let silences = RevisionGate()
    private let promptness = StoreProgress()
    private let newest: NewestRevision
    private let stopping = Atomic<Bool>(false)

    /// Everything that is kept here is below this.
    static let range = KeyRange(prefix: "/registry/")
    /// A watch tells most changes within that time.
    private static let usualDelay = Duration.milliseconds(10)
    /// A watch that has not told by then what it was asked to tell is given up.
    private static let silenceLimit = Duration.seconds(1)

    init(store: any Store, registry: KindRegistry, logger: Logger) {
        self.store = store
        newest = NewestRevision { () async throws(StoreError) in try await store.currentRevision() }
        self.logger = logger
        kinds = registry.kinds.filter { $0.conversion == nil }.map { KindCache($0) }
    }

    /// What holds the objects of that kind, perhaps under another version; nil for kinds that are not in the registry.
    func cache(of kind: KindDefinition) -> KindCache? {
        kinds.first { $0.kind.storagePrefix == kind.storagePrefix }
    }

    /// What holds the objects under such a key.
    func cache(ofKey key: String) -> KindCache? {
        kinds.first { key.hasPrefix($0.kind.storagePrefix) }
    }

    /// Waits until everything that is in the store by now is here, too.
    ///
    /// The store's newest revision may be of something that is not watched: where the watch does not tell soon, the
    /// store is asked to make it tell, and where it then stays silent it is begun anew.
    ///
    /// - Returns: A revision that the caches have reached.
    func catchUp(timeout: Duration) async throws(StoreError) -> Revision {
        let revision = try await newest()
        if progress.revision >= revision { return progress.revision }
        let deadline = ContinuousClock.now + timeout
        if await progress.wait(for: revision, timeout: Self.usualDelay) { return progress.revision }
        // Before it was read for the first time there is no watch that could tell.
        if progress.revision > Revision(0) {
            try await promptness.reach(revision) { () async throws(StoreError) in
                try await self.store.tellProgress(of: Self.range)
            }
            let (silence, before) = (silences.revision, progress.revision)
            let patience = min(Self.silenceLimit, timeout)
            if await progress.wait(for: revision, timeout: patience) { return progress.revision }
            // One that tells anything at all is slow, and only gets slower by beginning anew.
            if progress.revision == before { silences.advance(to: silence.next) }
        }
        guard await progress.wait(for: revision, timeout: max(.zero, deadline - .now)) else {
            throw .unavailable(reason: "the cache is behind the store: \(progress.revision) of \(revision)")
        }
        return max(revision, progress.revision)
    }

    /// Whether no more watches are to begin.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Ends all watches, as the server stops.
    func stopWatches() {
        stopping.store(true, ordering: .releasing)
        for cache in kinds { cache.endWatches(.shutdown) }
    }
}
