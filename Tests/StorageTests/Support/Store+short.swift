import Storage

/// What tests write often.
extension Store {
    /// Commits, and expects that the conditions hold.
    @discardableResult
    func write(
        if conditions: [StoreTransaction.Condition] = [],
        _ changes: StoreTransaction.Change...
    ) async throws -> Revision {
        switch try await commit(StoreTransaction(if: conditions, then: changes)) {
        case .committed(let revision): return revision
        case .conflict(let revision, let present): throw UnexpectedConflict(revision: revision, present: present)
        }
    }

    /// Writes one key.
    @discardableResult
    func put(_ key: String, _ value: String, for timeToLive: Duration? = nil) async throws -> Revision {
        try await write(.put(key: key, value: Array(value.utf8), timeToLive: timeToLive))
    }

    /// Deletes one key.
    @discardableResult
    func delete(_ key: String) async throws -> Revision {
        try await write(.delete(key: key))
    }

    /// Reads one key.
    func get(_ key: String, at revision: Revision? = nil) async throws -> StoredValue? {
        try await range(KeyRange(key: key), limit: nil, at: revision).values.first
    }
}

/// A transaction that should have happened did not.
struct UnexpectedConflict: Error {
    let revision: Revision
    let present: [StoredValue?]
}

extension StoredValue {
    /// The value as text.
    var text: String { String(decoding: value, as: UTF8.self) }
}

extension StoreWatch {
    /// Takes events until all up to a revision were told.
    func events(upTo revision: Revision) async throws -> [StoreEvent] {
        var events: [StoreEvent] = []
        for try await batch in self {
            events += batch.events
            if batch.revision >= revision { break }
        }
        return events
    }
}

/// What an error is, where one is thrown.
func storeError(_ body: () async throws -> Void) async -> StoreError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? StoreError
    }
}
