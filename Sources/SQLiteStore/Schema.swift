import GRDB
import Storage

/// The tables of a store's file.
///
/// `entries` has a row for each change of a key. `id` is the revision and the change's place in its transaction
/// (``EntryID``), so rows are in the order of history. `created` is the revision in which the key came to be, 0 where the
/// change deleted it. `expires` is when the store is to delete the key, in milliseconds since 1970. Keys are blobs: they
/// compare byte by byte, and hold any byte.
enum Schema {
    /// "TRMA": the file is ours.
    static let application = 0x5452_4d41
    /// The format that is written.
    static let version = 1

    static let text = """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            value BLOB
        ) STRICT;
        CREATE INDEX entries_by_key ON entries (key, id, created);
        CREATE INDEX entries_by_expiry ON entries (expires) WHERE expires IS NOT NULL;
        CREATE TABLE progress (
            name TEXT PRIMARY KEY,
            revision INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO progress VALUES ('compacted', 1), ('cleaned', 1);
        PRAGMA application_id = \(application);
        PRAGMA user_version = \(version);
        """

    /// Checks that the file is ours, or makes it so if it is empty.
    static func prepare(_ db: Database, path: String) throws {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if application == 0, version == 0 {
            let objects = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            guard objects == 0 else { throw SQLiteStoreError.foreign(path: path) }
            try db.inTransaction(.exclusive) {
                try db.execute(sql: text)
                return .commit
            }
            return
        }
        guard application == Self.application else { throw SQLiteStoreError.foreign(path: path) }
        guard version <= Self.version else {
            throw SQLiteStoreError.newer(path: path, found: version, known: Self.version)
        }
    }
}

/// Which row a change is: the revision, and the place in the transaction, from 0.
struct EntryID: Hashable, Sendable {
    /// More than a transaction has changes (``StoreLimits/operationCount``).
    private static let placeBits: Int64 = 8

    var rawValue: Int64

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    init(_ revision: Revision, place: Int = 0) {
        rawValue = revision.rawValue << Self.placeBits | Int64(place)
    }

    /// Less than this is every change up to and including the revision.
    static func end(of revision: Revision) -> Int64 {
        guard revision.rawValue < Int64.max >> placeBits else { return .max }
        return EntryID(revision.next).rawValue
    }

    var revision: Revision { Revision(rawValue >> Self.placeBits) }
}
