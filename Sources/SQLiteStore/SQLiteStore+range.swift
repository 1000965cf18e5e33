import GRDB
public import Storage
import Synchronization

extension SQLiteStore {
    /// Reads the keys of a range from a snapshot.
    public func range(
        _ range: KeyRange,
        limit: Int?,
        at revision: Revision?
    ) async throws(StoreError) -> StoreRange {
        let answer = try await read { db in try db.values(of: range, limit: limit, at: revision) }
        // A reader may see a batch before its writer has come to say so: nobody must see the store go back.
        state.withLock { state in
            if revision == nil { state.revision = max(state.revision, answer.revision) }
        }
        return answer
    }

    /// Reads from a snapshot, on a connection and a thread for that.
    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    ) async throws(StoreError) -> Answer {
        guard !state.withLock({ $0.isClosed }) else { throw .closed }
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

extension Database {
    /// Checks that a revision can be read in this snapshot, and returns the newest.
    func checkRevision(_ revision: Revision?) throws -> Revision {
        let newest = try newestRevision()
        guard let revision else { return newest }
        guard revision <= newest else { throw StoreError.future(current: newest) }
        let oldest = try progress(of: "compacted")
        guard revision >= oldest else { throw StoreError.compacted(oldest) }
        return newest
    }

    fileprivate func values(of range: KeyRange, limit: Int?, at revision: Revision?) throws -> StoreRange {
        let newest = try checkRevision(revision)
        let revision = revision ?? newest
        guard !range.isEmpty else { return StoreRange(values: [], hasMore: false, count: 0, revision: revision) }
        var (condition, arguments) = range.condition
        arguments += [EntryID.end(of: revision)]
        // `created` is that of the row with the greatest `id`: https://www.sqlite.org/lang_select.html#bareagg
        // All of it is in the index, in order of the keys.
        let live = """
            SELECT id FROM (
                SELECT max(id) AS id, created FROM entries WHERE \(condition) AND id < ? GROUP BY key
            ) WHERE created > 0
            """
        var values: [StoredValue] = []
        if limit != 0 {
            // CROSS: the rows are looked up in the order of the keys.
            let statement = try cachedStatement(
                sql: """
                    SELECT entries.id, entries.created, entries.value, entries.key
                    FROM (\(live) LIMIT ?) AS live CROSS JOIN entries ON entries.id = live.id
                    """
            )
            let rows = try Row.fetchCursor(statement, arguments: arguments + [limit ?? -1])
            while let row = try rows.next() {
                if let value = try Entry(row).stored { values.append(value) }
            }
        }
        var count = values.count
        if let limit, values.count >= limit {
            let statement = try cachedStatement(sql: "SELECT count(*) FROM (\(live))")
            count = try Int.fetchOne(statement, arguments: arguments) ?? count
        }
        return StoreRange(values: values, hasMore: count > values.count, count: count, revision: revision)
    }
}
