import struct FoundationEssentials.Data
import GRDB
public import Storage
import Synchronization

extension SQLiteStore {
    /// Does a transaction, together with others that arrive at the same time.
    public func commit(_ transaction: StoreTransaction) async throws(StoreError) -> StoreOutcome {
        try transaction.validate()
        guard !Task.isCancelled else { throw .cancelled }
        let result = await withCheckedContinuation { continuation in
            enqueue(CommitQueue.Item(transaction: transaction, waiter: continuation))
        }
        return try result.get()
    }

    /// Puts a transaction where the next batch takes it.
    func enqueue(_ item: CommitQueue.Item) {
        let admission: CommitQueue.Admission? = state.withLock { state in
            state.isClosed ? nil : state.queue.append(item)
        }
        switch admission {
        case nil: item.finish(.failure(.closed))
        case .full: item.finish(.failure(.unavailable(reason: "\(path): too many transactions wait for the disk")))
        case .waits: break
        case .start: writeSoon()
        }
    }

    private func writeSoon() {
        pool.asyncWriteWithoutTransaction { [self] db in
            writeBatch(db)
        }
    }

    /// Writes the transactions that wait, on the writer's thread.
    private func writeBatch(_ db: Database) {
        let (batch, start) = state.withLock { state in (state.queue.takeBatch(), state.revision) }
        guard !batch.isEmpty else { return }
        var writer = BatchWriter(revision: start)
        var outcomes: [StoreOutcome] = []
        do {
            try db.inTransaction(.immediate) {
                for item in batch { outcomes.append(try writer.write(item.transaction, to: db)) }
                return .commit
            }
            let revision = writer.revision
            state.withLock { $0.revision = revision }
            hub.publish(writer.events, revision: revision)
            for (item, outcome) in zip(batch, outcomes) { item.finish(.success(outcome)) }
        } catch {
            let error = StoreError(error, path: path)
            for item in batch { item.finish(.failure(error)) }
        }
        // Behind whatever else waits for the writer.
        writeSoon()
    }
}

/// Writes transactions one after the other within one transaction of SQLite.
private struct BatchWriter {
    /// The revision of the last one that changed something.
    private(set) var revision: Revision
    /// What all of them did.
    private(set) var events: [StoreEvent] = []

    init(revision: Revision) {
        self.revision = revision
    }

    mutating func write(_ transaction: StoreTransaction, to db: Database) throws -> StoreOutcome {
        // Most transactions have a condition on the key that they change: it is read once.
        var newest: [(key: String, entry: Entry?)] = []
        func entry(of key: String) throws -> Entry? {
            if let known = newest.first(where: { $0.key.utf8.elementsEqual(key.utf8) }) { return known.entry }
            let entry = try db.newestEntry(of: key)
            newest.append((key, entry))
            return entry
        }

        var present: [StoredValue?] = []
        var holds = true
        for condition in transaction.conditions {
            let value = try entry(of: condition.key)?.stored
            present.append(value)
            if value?.modRevision != condition.modRevision { holds = false }
        }
        guard holds else { return .conflict(revision, present: present) }

        var made: [StoreEvent] = []
        for change in transaction.changes {
            let previous = try entry(of: change.key)?.stored
            let id = EntryID(revision.next, place: made.count)
            switch change {
            case .put(let key, let value, let timeToLive):
                let created = previous?.createRevision ?? revision.next
                let expires = timeToLive.map { WallClock.milliseconds(in: $0) }
                try db.insert(id, key: key, created: created.rawValue, expires: expires, value: Data(value))
                let stored = StoredValue(
                    key: key,
                    value: value,
                    createRevision: created,
                    modRevision: revision.next
                )
                made.append(StoreEvent(key: key, revision: revision.next, value: stored, previous: previous))
            case .delete(let key):
                guard previous != nil else { continue }
                try db.insert(id, key: key, created: 0, expires: nil, value: nil)
                made.append(StoreEvent(key: key, revision: revision.next, value: nil, previous: previous))
            }
        }
        if !made.isEmpty {
            revision = revision.next
            events += made
        }
        return .committed(revision)
    }
}

extension Database {
    fileprivate func insert(_ id: EntryID, key: String, created: Int64, expires: Int64?, value: Data?) throws {
        let statement = try cachedStatement(
            sql: "INSERT INTO entries (id, key, created, expires, value) VALUES (?, ?, ?, ?, ?)"
        )
        try statement.execute(arguments: [id.rawValue, Data(key.utf8), created, expires, value])
    }
}
