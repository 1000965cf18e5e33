import GRDB
public import Storage
import Synchronization

extension SQLiteStore {
    /// Follows a range; from the file first where its start is no longer in memory.
    public func watch(_ range: KeyRange, after revision: Revision?) async throws(StoreError) -> StoreWatch {
        let oldest = try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            return state.oldest
        }
        let feed: WatchFeed
        if let subscription = hub.watch(range, after: revision) {
            feed = WatchFeed(store: self, range: range, place: .attached(subscription))
        } else {
            let start = revision ?? oldest
            guard start >= oldest || oldest == Revision(1) else { throw .compacted(oldest) }
            feed = WatchFeed(store: self, range: range, place: .replaying(after: start))
        }
        return StoreWatch(unfolding: { try await feed.next() })
    }

    /// Events of a range after a revision, in the order of history: whole transactions, as many as are convenient.
    fileprivate func replay(_ range: KeyRange, after revision: Revision) async throws(StoreError) -> StoreEventBatch {
        try await read { db in try db.events(of: range, after: revision) }
    }
}

/// The events of one watch: from the file first, then from memory.
private final class WatchFeed: Sendable {
    enum Place {
        case replaying(after: Revision)
        case attached(WatchHub.Subscription)
    }

    private let store: SQLiteStore
    private let range: KeyRange
    private let place: Mutex<Place>

    init(store: SQLiteStore, range: KeyRange, place: Place) {
        self.store = store
        self.range = range
        self.place = Mutex(place)
    }

    func next() async throws -> StoreEventBatch? {
        while true {
            switch place.withLock({ $0 }) {
            case .attached(let subscription):
                return try await subscription.next()
            case .replaying(let revision):
                let batch = try await store.replay(range, after: revision)
                if let subscription = store.hub.watch(range, after: batch.revision) {
                    place.withLock { $0 = .attached(subscription) }
                } else {
                    place.withLock { $0 = .replaying(after: batch.revision) }
                }
                if !batch.events.isEmpty { return batch }
            }
        }
    }
}

extension Database {
    /// More rows than a transaction has, so that each page holds a whole one.
    private static let pageCount = 1024
    /// A page ends after the transaction that passes this.
    private static let pageByteCount = 4 << 20

    fileprivate func events(of range: KeyRange, after revision: Revision) throws -> StoreEventBatch {
        let newest = try newestRevision()
        let oldest = try progress(of: "compacted")
        guard revision >= oldest || oldest == Revision(1) else { throw StoreError.compacted(oldest) }
        guard !range.isEmpty, revision < newest else { return StoreEventBatch(events: [], revision: newest) }
        let (condition, arguments) = range.condition
        let statement = try cachedStatement(
            sql: """
                SELECT id, created, value, key FROM entries NOT INDEXED
                WHERE id >= ? AND \(condition) ORDER BY id LIMIT \(Self.pageCount)
                """
        )
        let rows = try Row.fetchCursor(statement, arguments: [EntryID.end(of: revision)] + arguments)
        var entries: [Entry] = []
        var byteCount = 0
        var isComplete = true
        while let row = try rows.next() {
            let entry = try Entry(row)
            if byteCount >= Self.pageByteCount, entries.last?.id.revision != entry.id.revision {
                isComplete = false
                break
            }
            byteCount += entry.value.count
            entries.append(entry)
        }
        var end = newest
        if entries.count == Self.pageCount, let last = entries.last?.id.revision {
            // The last transaction may go on in the next page.
            entries.removeAll { $0.id.revision == last }
            isComplete = false
        }
        if !isComplete { end = entries.last?.id.revision ?? end }
        let events = try entries.map { entry in
            let previous = try newestEntry(of: entry.key, before: entry.id.rawValue)?.stored
            return StoreEvent(key: entry.key, revision: entry.id.revision, value: entry.stored, previous: previous)
        }
        return StoreEventBatch(events: events, revision: end)
    }
}
