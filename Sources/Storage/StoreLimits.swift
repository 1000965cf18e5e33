/// What every store refuses, so that none takes what another could not hold. The values are etcd's defaults.
public enum StoreLimits {
    /// The most changes, and the most conditions, of a transaction (etcd's `--max-txn-ops`).
    public static let operationCount = 128
    /// The most bytes of keys and values in a transaction, what encloses them included (`--max-request-bytes`).
    public static let transactionByteCount = 1536 * 1024
    /// What is counted for each operation besides its key and value.
    static let operationByteCount = 64
}

extension StoreTransaction {
    /// Checks what no store can do.
    ///
    /// - Throws: `.invalid` for no key, for a key that has two changes, for a time to live that is not positive, and for
    ///   more than ``StoreLimits`` allow.
    public func validate() throws(StoreError) {
        let limit = StoreLimits.operationCount
        guard changes.count <= limit, conditions.count <= limit else {
            let reason = "\(conditions.count) conditions and \(changes.count) changes; at most \(limit) are possible"
            throw .invalid(reason: reason)
        }
        // Counted in bytes: texts that Swift holds equal may be different keys.
        var keys: Set<[UInt8]> = []
        for change in changes {
            guard !change.key.utf8.isEmpty else { throw .invalid(reason: "a change has an empty key") }
            guard keys.insert(Array(change.key.utf8)).inserted else {
                throw .invalid(reason: "key \(change.key) has two changes; one is possible")
            }
            if case .put(let key, _, let timeToLive?) = change, timeToLive <= .zero {
                throw .invalid(reason: "key \(key) has a time to live of \(timeToLive); it must be positive")
            }
        }
        for condition in conditions where condition.key.utf8.isEmpty {
            throw .invalid(reason: "a condition has an empty key")
        }
        guard byteCount <= StoreLimits.transactionByteCount else {
            let limit = StoreLimits.transactionByteCount
            throw .invalid(reason: "\(byteCount) bytes; at most \(limit) are possible in a transaction")
        }
    }

    /// The size by which transactions are bounded.
    public var byteCount: Int {
        var count = 0
        for condition in conditions { count += 2 * condition.key.utf8.count + StoreLimits.operationByteCount }
        for change in changes {
            count += change.key.utf8.count + StoreLimits.operationByteCount
            if case .put(_, let value, _) = change { count += value.count }
        }
        return count
    }
}

extension StoreEvent {
    /// The size by which histories and buffers are bounded.
    var byteCount: Int {
        StoreLimits.operationByteCount + key.utf8.count + (value?.value.count ?? 0) + (previous?.value.count ?? 0)
    }
}
