import Storage
import Synchronization

/// A store whose watches can be made deaf for a while, and then told that the store forgot what they missed.
final class DeafStore: Store {
    private let store: any Store
    private let isDeaf = Mutex(false)
    private let ends = Mutex<[AsyncThrowingStream<StoreEventBatch, any Error>.Continuation]>([])

    init(_ store: any Store) {
        self.store = store
    }

    /// Watches tell nothing from now on.
    func deafen() { isDeaf.withLock { $0 = true } }

    /// All watches learn that what they missed was forgotten.
    func forget() {
        isDeaf.withLock { $0 = false }
        let ends = ends.withLock { ends in
            defer { ends = [] }
            return ends
        }
        for end in ends { end.finish(throwing: StoreError.compacted(Revision(1))) }
    }

    func currentRevision() async throws(StoreError) -> Revision { try await store.currentRevision() }

    func range(_ range: KeyRange, limit: Int?, at revision: Revision?) async throws(StoreError) -> StoreRange {
        try await store.range(range, limit: limit, at: revision)
    }

    func commit(_ transaction: StoreTransaction) async throws(StoreError) -> StoreOutcome {
        try await store.commit(transaction)
    }

    func watch(_ range: KeyRange, after revision: Revision?) async throws(StoreError) -> StoreWatch {
        let inner = try await store.watch(range, after: revision)
        let (stream, continuation) = StoreWatch.makeStream()
        ends.withLock { $0.append(continuation) }
        let forwarding = Task {
            do {
                for try await batch in inner where !isDeaf.withLock({ $0 }) { continuation.yield(batch) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in forwarding.cancel() }
        return stream
    }

    func tellProgress(of range: KeyRange) async throws(StoreError) -> Revision {
        try await store.tellProgress(of: range)
    }

    func compact(before revision: Revision) async throws(StoreError) { try await store.compact(before: revision) }

    func shutdown() async { await store.shutdown() }
}
