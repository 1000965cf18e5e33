import GRDB
import Storage

/// A file that was opened and found good.
struct Opened {
    let pool: DatabasePool
    let revision: Revision
    let oldest: Revision

    init(path: String, options: SQLiteStore.Options) throws {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.maximumReaderCount = max(1, options.readerCount)
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY")
        }
        // Before a pool, which writes to the file as soon as it is opened.
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { db in try Schema.prepare(db, path: path) }
        try queue.close()

        pool = try DatabasePool(path: path, configuration: configuration)
        (revision, oldest) = try pool.writeWithoutTransaction { db in
            // Readers go through states once; a commit comes back to the same pages.
            try db.execute(sql: "PRAGMA cache_size = -4096")
            // The pool set NORMAL, which leaves commits in the system's memory until the next checkpoint.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = \(SQLiteStore.logByteLimit)")
            return (try db.newestRevision(), try db.progress(of: "compacted"))
        }
    }
}

extension SQLiteStoreError {
    /// What SQLite said when it opened the file.
    init(_ error: DatabaseError, path: String) {
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode.primaryResultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .corrupt(path: path, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path, holder: nil)
        default: self = .inaccessible(path: path, reason: reason)
        }
    }
}

extension StoreError {
    /// What a call failed with.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError: self = error
        case is CancellationError: self = .cancelled
        case let error as DatabaseError:
            self = .unavailable(reason: "\(path): \(error.message ?? "SQLite error \(error.resultCode)")")
        default: self = .unavailable(reason: "\(path): \(error)")
        }
    }
}
