import JSON
public import Storage
import Synchronization

/// A store in an etcd v3 cluster; several processes may use it at a time.
///
/// It speaks to etcd's JSON gateway. Reads are linearizable, and go to another member where one does not answer.
/// Transactions are never sent twice: where a member took one and did not answer, the keys are read again; if that does
/// not tell what became of it, the call throws `.unavailable`. Keys that live for about the same time share a lease, so
/// they may live a twentieth longer than they were to, and etcd's leases last for two seconds at least.
///
/// etcd keeps history until somebody calls ``compact(before:)``, or it was started with `--auto-compaction-retention`.
public final class EtcdStore: Store {
    /// The most keys that are asked for at a time.
    static let pageCount = 500

    let configuration: EtcdConfiguration
    let client: EtcdClient
    let keys: EtcdKeys
    let leases: EtcdLeases
    private let closed = Mutex(false)

    /// A store in a cluster; nothing is sent yet.
    public init(_ configuration: EtcdConfiguration) throws(EtcdConfigurationError) {
        self.configuration = configuration
        client = try EtcdClient(configuration)
        keys = EtcdKeys(prefix: configuration.prefix)
        leases = EtcdLeases(client: client)
    }

    /// Whether ``shutdown()`` was called.
    var isClosed: Bool { closed.withLock { $0 } }

    /// The newest revision of the cluster.
    public func currentRevision() async throws(StoreError) -> Revision {
        let answer = try await page(start: [0], end: nil, limit: 0, at: nil)
        return answer.revision
    }

    /// Reads the keys of a range, page by page at one revision.
    public func range(
        _ range: KeyRange,
        limit: Int?,
        at revision: Revision?
    ) async throws(StoreError) -> StoreRange {
        guard let (start, end) = keys.range(range) else {
            let newest = try await currentRevision()
            return StoreRange(values: [], hasMore: false, count: 0, revision: revision ?? newest)
        }
        let limit = max(0, limit ?? .max)
        var next = start
        var answer: StoreRange?
        while true {
            let rest = limit - (answer?.values.count ?? 0)
            var page = try await page(
                start: next,
                end: end,
                limit: min(rest, Self.pageCount),
                at: answer?.revision ?? revision
            )
            if let revision { page.revision = revision }
            if answer == nil {
                answer = page
            } else {
                answer?.values += page.values
                answer?.hasMore = page.hasMore
            }
            guard page.hasMore, rest > page.values.count, let last = page.values.last else { break }
            next = keys.key(last.key) + [0]
        }
        guard var answer else { throw .unavailable(reason: "etcd: no answer") }
        answer.hasMore = answer.count > answer.values.count
        return answer
    }

    /// Writes a key in the range: etcd's gateway takes no requests for progress, and etcd 3.4 tells it every ten minutes.
    public func tellProgress(of range: KeyRange) async throws(StoreError) -> Revision {
        let mark = StoreTransaction(then: [.put(key: range.progressKey, value: [], timeToLive: nil)])
        switch try await commit(mark) {
        case .committed(let revision), .conflict(let revision, _): return revision
        }
    }

    /// Forgets the states before a revision, for all that use the cluster.
    public func compact(before revision: Revision) async throws(StoreError) {
        let body = EtcdMessage.object { $0.member("revision", number: revision.rawValue) }
        do {
            // A second time it is refused as compacted, which says that it was done.
            _ = try await client.read("/v3/kv/compaction", body)
        } catch {
            if case .refused(let refusal) = error, refusal.isCompacted { return }
            throw try await storeError(error, revision: revision)
        }
    }

    /// Closes the connections; calls under way throw `.unavailable`, and watches end.
    public func shutdown() async {
        closed.withLock { $0 = true }
        await client.shutdown()
    }

    /// `RangeRequest`.
    ///
    /// - Parameter limit: 0 only counts.
    func page(
        start: [UInt8],
        end: [UInt8]?,
        limit: Int,
        at revision: Revision?
    ) async throws(StoreError) -> StoreRange {
        let body = EtcdMessage.object { writer in
            writer.member("key", base64: start)
            if let end { writer.member("range_end", base64: end) }
            if limit == 0 { writer.member("count_only", true) } else { writer.member("limit", number: Int64(limit)) }
            if let revision { writer.member("revision", number: revision.rawValue) }
        }
        do {
            let answer = try await client.read("/v3/kv/range", body)
            return try decode(answer) { reader throws(JSONError) in
                try EtcdMessage.range(&reader, prefixCount: keys.prefix.count)
            }
        } catch let error as EtcdClient.Failure {
            throw try await storeError(error, revision: revision)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable(reason: "etcd: \(error)")
        }
    }

    // MARK: Errors

    /// Reads an answer.
    func decode<Value>(
        _ answer: [UInt8],
        _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(StoreError) -> Value {
        var reader = JSONReader(answer)
        do {
            return try read(&reader)
        } catch {
            throw .unavailable(reason: "etcd's answer cannot be read: \(error)")
        }
    }

    /// What a failure of a read means; etcd is asked for the revisions that the error tells.
    func storeError(_ failure: EtcdClient.Failure, revision: Revision?) async throws(StoreError) -> StoreError {
        guard !isClosed else { return .unavailable(reason: "the store was shut down") }
        switch failure {
        case .cancelled: return .cancelled
        case .unreachable(let reason), .leaderless(let reason), .unknown(let reason):
            return .unavailable(reason: "etcd: \(reason)")
        case .refused(let refusal):
            if refusal.isCompacted { return .compacted(try await oldestRevision(after: revision)) }
            if refusal.isFuture { return .future(current: try await currentRevision()) }
            if refusal.code == 3 { return .invalid(reason: refusal.message) }
            return .unavailable(reason: refusal.message)
        }
    }
}
