import JSON
public import Storage

extension EtcdStore {
    /// Does a transaction.
    public func commit(_ transaction: StoreTransaction) async throws(StoreError) -> StoreOutcome {
        try transaction.validate()
        guard !Task.isCancelled else { throw .cancelled }
        var triesLeft = 3
        while true {
            // By the changes' places.
            var granted: [Int: Int64] = [:]
            do {
                for case (let place, .put(_, _, let timeToLive?)) in transaction.changes.enumerated() {
                    granted[place] = try await leases.lease(for: timeToLive)
                }
                let body = body(of: transaction, leases: granted)
                let answer = try await client.write("/v3/kv/txn", body)
                return try decode(answer) { reader throws(JSONError) in
                    try EtcdMessage.outcome(&reader, prefixCount: keys.prefix.count)
                }
            } catch let failure as EtcdClient.Failure {
                triesLeft -= 1
                switch failure {
                case .refused(let refusal) where refusal.isLeaseGone && triesLeft > 0:
                    // Somebody revoked it, or we waited too long: the transaction did not happen.
                    await leases.forget(Array(granted.values))
                case .unknown:
                    if !isClosed, let outcome = await readBack(transaction) { return outcome }
                    throw try await storeError(failure, revision: nil)
                default: throw try await storeError(failure, revision: nil)
                }
            } catch let error as StoreError {
                throw error
            } catch {
                throw .unavailable(reason: "etcd: \(error)")
            }
        }
    }

    /// `TxnRequest`: where a condition is not true, the keys of all conditions are read.
    private func body(of transaction: StoreTransaction, leases: [Int: Int64]) -> [UInt8] {
        EtcdMessage.object { writer in
            writer.name("compare")
            writer.beginArray()
            for condition in transaction.conditions {
                writer.object { writer in
                    writer.member("key", base64: keys.key(condition.key))
                    writer.member("result", "EQUAL")
                    // A key that does not exist has the revision 0.
                    writer.member("target", "MOD")
                    writer.member("mod_revision", number: condition.modRevision?.rawValue ?? 0)
                }
            }
            writer.endArray()
            writer.name("success")
            writer.beginArray()
            for (place, change) in transaction.changes.enumerated() {
                switch change {
                case .put(let key, let value, _):
                    writer.object { writer in
                        writer.object("request_put") { writer in
                            writer.member("key", base64: keys.key(key))
                            writer.member("value", base64: value)
                            if let lease = leases[place] { writer.member("lease", number: lease) }
                        }
                    }
                case .delete(let key):
                    writer.object { writer in
                        writer.object("request_delete_range") { writer in
                            writer.member("key", base64: keys.key(key))
                        }
                    }
                }
            }
            writer.endArray()
            writer.name("failure")
            writer.beginArray()
            for condition in transaction.conditions {
                writer.object { writer in
                    writer.object("request_range") { writer in
                        writer.member("key", base64: keys.key(condition.key))
                    }
                }
            }
            writer.endArray()
        }
    }

    /// What became of a transaction whose answer was lost; nil where that cannot be told.
    ///
    /// Where all keys that it was to write hold its bytes, and were written by one transaction since the revisions that
    /// were its conditions, it happened. Otherwise it may still be under way.
    private func readBack(_ transaction: StoreTransaction) async -> StoreOutcome? {
        var written: Revision?
        for change in transaction.changes {
            guard case .put(let key, let bytes, _) = change,
                let condition = transaction.conditions.first(where: { $0.key.utf8.elementsEqual(key.utf8) })
            else { return nil }
            let range = try? await range(KeyRange(key: key), limit: 1, at: nil)
            guard let value = range?.values.first, value.value == bytes else { return nil }
            guard value.modRevision > condition.modRevision ?? Revision(0) else { return nil }
            guard written == nil || written == value.modRevision else { return nil }
            written = value.modRevision
        }
        return written.map { .committed($0) }
    }
}
