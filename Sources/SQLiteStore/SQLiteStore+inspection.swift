import GRDB
import Storage

/// Facts for tests and benchmarks.
extension SQLiteStore {
    /// How commits reach the disk: the journal's mode, and `PRAGMA synchronous`, where 2 is FULL.
    package func durability() async throws -> String {
        try await pool.writeWithoutTransaction { db in
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
            return "\(mode), synchronous \(try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1)"
        }
    }

    /// How many changes the file holds.
    package func entryCount() async throws -> Int {
        try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM entries") ?? 0 }
    }

    /// The size of the file and of its log, in bytes.
    package var byteCount: Int { StoreFile.size(of: path) + StoreFile.size(of: path + "-wal") }
}
