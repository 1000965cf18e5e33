import struct FoundationEssentials.Data
import GRDB
import Storage

/// A row of `entries`.
struct Entry {
    var id: EntryID
    var key: String
    /// When the key came to be; nil where the row says that it was deleted.
    var created: Revision?
    var value: [UInt8]

    /// What the key holds from that row on; nil where it was deleted.
    var stored: StoredValue? {
        guard let created else { return nil }
        return StoredValue(key: key, value: value, createRevision: created, modRevision: id.revision)
    }

    /// From a row with the columns `id`, `created`, `value`, of a key that is known.
    init(_ row: Row, key: String) throws {
        // The subscript of a row stops the program on what a damaged file may hold.
        id = EntryID(rawValue: try row.decode(Int64.self, atIndex: 0))
        self.key = key
        let created = try row.decode(Int64.self, atIndex: 1)
        self.created = created == 0 ? nil : Revision(created)
        value = try row.withUnsafeData(atIndex: 2) { $0.map { [UInt8]($0) } ?? [] }
    }

    /// From a row with the columns `id`, `created`, `value`, `key`.
    init(_ row: Row) throws {
        let key = try row.withUnsafeData(atIndex: 3) { String(decoding: $0 ?? Data(), as: UTF8.self) }
        try self.init(row, key: key)
    }
}

extension Database {
    /// The newest row of a key, of those before `end`.
    func newestEntry(of key: String, before end: Int64 = .max) throws -> Entry? {
        let statement = try cachedStatement(
            sql: "SELECT id, created, value FROM entries WHERE key = ? AND id < ? ORDER BY id DESC LIMIT 1"
        )
        let rows = try Row.fetchCursor(statement, arguments: [Data(key.utf8), end])
        // A row is the statement's, which the cursor resets when it goes.
        return try withExtendedLifetime(rows) { try rows.next().map { try Entry($0, key: key) } }
    }

    /// The newest revision that changed something; 1 in an empty store.
    func newestRevision() throws -> Revision {
        // Compaction keeps all rows of the revision up to which it comes, so the newest row is always there.
        let id = try Int64.fetchOne(cachedStatement(sql: "SELECT max(id) FROM entries"))
        return id.map { EntryID(rawValue: $0).revision } ?? Revision(1)
    }

    /// How far something has come.
    func progress(of name: String) throws -> Revision {
        let statement = try cachedStatement(sql: "SELECT revision FROM progress WHERE name = ?")
        return Revision(try Int64.fetchOne(statement, arguments: [name]) ?? 1)
    }

    /// Says how far something has come.
    func setProgress(of name: String, to revision: Revision) throws {
        let statement = try cachedStatement(sql: "UPDATE progress SET revision = ? WHERE name = ?")
        try statement.execute(arguments: [revision.rawValue, name])
    }
}

extension KeyRange {
    /// The first key, as it is bound. No key is empty, and SQLite would bind an empty blob as NULL.
    var startData: Data { start.utf8.isEmpty ? Data([0]) : Data(start.utf8) }

    /// The condition on `key`, and its arguments.
    var condition: (sql: String, arguments: StatementArguments) {
        guard let end else { return ("key >= ?", [startData]) }
        return ("key >= ? AND key < ?", [startData, Data(end.utf8)])
    }

    /// Whether no key can be within.
    var isEmpty: Bool {
        guard let end else { return false }
        return !start.utf8.lexicographicallyPrecedes(end.utf8)
    }
}
