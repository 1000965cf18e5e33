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

    /// Lets the file grow by so many pages only, as if the disk were full then; nil for no limit.
    package func limitGrowth(toPages count: Int?) async throws {
        try await pool.writeWithoutTransaction { db in
            let present = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(count.map { present + $0 } ?? 1 << 30)")
        }
    }
}
