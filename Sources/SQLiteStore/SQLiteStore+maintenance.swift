import Dispatch
import struct FoundationEssentials.Data
import GRDB
public import Storage
import Synchronization

extension SQLiteStore {
    /// Past this size the log is written into the file and emptied, as soon as no reader is in the way.
    static let logByteLimit = 64 << 20
    /// How often the newest revision is noted, by which history has an age.
    private static let momentInterval = Duration.seconds(5)
    /// How many rows compaction looks at before others may write.
    private static let cleanCount = 256
    /// How many keys a sweep deletes at most.
    private static let sweepCount = 512

    /// Forgets the states before a revision; their rows go bit by bit, between transactions.
    public func compact(before revision: Revision) async throws(StoreError) {
        let (newest, oldest) = try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            return (state.revision, state.oldest)
        }
        guard revision <= newest else { throw .future(current: newest) }
        guard revision > oldest else { return }
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [self] db in
                continuation.resume(returning: Result { () throws(StoreError) in try forget(before: revision, db) })
            }
        }
        try result.get()
    }

    /// Does what is to be done from time to time, after a while.
    func scheduleMaintenance() {
        let (seconds, attoseconds) = options.sweepInterval.components
        let interval = Double(seconds) + Double(attoseconds) / 1e18
        DispatchQueue.global().asyncAfter(deadline: .now() + interval) { [weak self] in
            guard let self, !state.withLock({ $0.isClosed }) else { return }
            pool.asyncWriteWithoutTransaction { [weak self] db in
                guard let self else { return }
                maintain(db)
                scheduleMaintenance()
            }
        }
    }

    private func maintain(_ db: Database) {
        guard !state.withLock({ $0.isClosed }) else { return }
        hub.tellProgress()
        // What fails here is tried again next time; transactions tell their callers that the disk fails.
        _ = try? sweep(db)
        if let target = compactionTarget() { _ = try? forget(before: target, db) }
        if StoreFile.size(of: path + "-wal") > Self.logByteLimit { _ = try? db.checkpoint(.truncate) }
    }

    // MARK: Keys whose time has come

    private func sweep(_ db: Database) throws {
        let statement = try db.cachedStatement(
            sql:
                "SELECT id, created, NULL, key FROM entries WHERE expires <= ? ORDER BY expires LIMIT \(Self.sweepCount)"
        )
        let due = try Row.fetchCursor(statement, arguments: [WallClock.now])
        var entries: [Entry] = []
        while let row = try due.next() { entries.append(try Entry(row)) }
        var outdated: [EntryID] = []
        for entry in entries {
            if try db.newestEntry(of: entry.key)?.id == entry.id {
                let condition = StoreTransaction.Condition(key: entry.key, modRevision: entry.id.revision)
                let transaction = StoreTransaction(if: [condition], then: [.delete(key: entry.key)])
                enqueue(CommitQueue.Item(transaction: transaction, waiter: nil))
            } else {
                outdated.append(entry.id)
            }
        }
        guard !outdated.isEmpty else { return }
        try db.inTransaction(.immediate) {
            let statement = try db.cachedStatement(sql: "UPDATE entries SET expires = NULL WHERE id = ?")
            for id in outdated { try statement.execute(arguments: [id.rawValue]) }
            return .commit
        }
    }

    // MARK: Compaction

    /// Up to where history is too old, or too long.
    private func compactionTarget() -> Revision? {
        state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.moments.last, now - last.instant >= Self.momentInterval {
                state.moments.append((now, state.revision))
            }
            var target = state.oldest
            if let duration = options.historyDuration {
                while let moment = state.moments.first, now - moment.instant >= duration {
                    target = max(target, moment.revision)
                    state.moments.removeFirst()
                }
                if state.moments.isEmpty { state.moments.append((now, state.revision)) }
            } else {
                state.moments = [(now, state.revision)]
            }
            if let count = options.historyRevisionCount {
                // Not with each revision that is one too many.
                let first = state.revision.rawValue - count
                if first > target.rawValue + count / 16 { target = Revision(first) }
            }
            return target > state.oldest ? target : nil
        }
    }

    /// Makes states before a revision unreadable, and has their rows removed bit by bit.
    private func forget(before revision: Revision, _ db: Database) throws(StoreError) {
        do {
            try db.inTransaction(.immediate) {
                let oldest = try db.progress(of: "compacted")
                if revision > oldest { try db.setProgress(of: "compacted", to: revision) }
                return .commit
            }
        } catch {
            throw StoreError(error, path: path)
        }
        state.withLock { $0.oldest = max($0.oldest, revision) }
        cleanSoon()
    }

    private func cleanSoon() {
        pool.asyncWriteWithoutTransaction { [weak self] db in
            guard let self, !state.withLock({ $0.isClosed }) else { return }
            // A part that failed is done with the next compaction.
            if (try? clean(db)) == true { cleanSoon() }
        }
    }

    /// Removes some of the rows that are no longer needed.
    ///
    /// Each row of the forgotten history made those before it of its key superfluous, and itself if it deleted the key.
    /// Those of the very revision up to which history is forgotten stay: watches may begin there, and the newest row
    /// says which revision is the newest.
    ///
    /// - Returns: Whether there are more.
    private func clean(_ db: Database) throws -> Bool {
        // Nobody waits for this to be on the disk: what a crash undoes is done again.
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
        defer { try? db.execute(sql: "PRAGMA synchronous = FULL") }
        var hasMore = false
        try db.inTransaction(.immediate) {
            let end = try db.progress(of: "compacted")
            let start = try db.progress(of: "cleaned")
            guard start < end else { return .commit }
            let select = try db.cachedStatement(
                sql: "SELECT id, created, NULL, key FROM entries WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
            )
            let rows = try Row.fetchCursor(
                select,
                arguments: [EntryID(start).rawValue, EntryID.end(of: end), Self.cleanCount]
            )
            var entries: [Entry] = []
            while let row = try rows.next() { entries.append(try Entry(row)) }
            let remove = try db.cachedStatement(sql: "DELETE FROM entries WHERE key = ? AND id < ?")
            for entry in entries {
                let isGone = entry.created == nil && entry.id.revision < end
                let bound = isGone ? entry.id.rawValue + 1 : entry.id.rawValue
                try remove.execute(arguments: [Data(entry.key.utf8), bound])
            }
            hasMore = entries.count == Self.cleanCount
            // The last transaction may go on: it is looked at again.
            try db.setProgress(of: "cleaned", to: hasMore ? entries.last?.id.revision ?? end : end)
            return .commit
        }
        return hasMore
    }
}
