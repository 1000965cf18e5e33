/// A key-value store with a history, by etcd's model: revisions, ranges at a revision, transactions, watches.
///
/// Everything that a call returned from ``commit(_:)`` is on disk, and seen by each read that begins after it.
public protocol Store: Sendable {
    /// The newest revision.
    func currentRevision() async throws(StoreError) -> Revision

    /// Reads the keys of a range, in order.
    ///
    /// - Parameters:
    ///   - range: Which keys.
    ///   - limit: At most so many; nil for all.
    ///   - revision: The state of that time; nil for the newest.
    /// - Throws: `.compacted`, `.future`, `.unavailable`.
    func range(_ range: KeyRange, limit: Int?, at revision: Revision?) async throws(StoreError) -> StoreRange

    /// Does a transaction.
    ///
    /// - Throws: `.invalid`; `.unavailable`, after which it may or may not have happened.
    func commit(_ transaction: StoreTransaction) async throws(StoreError) -> StoreOutcome

    /// Follows a range: all changes after a revision, each once and in order, then those to come.
    ///
    /// - Parameter revision: Changes of later revisions are told; nil for those from now on.
    /// - Throws: Where the watch cannot begin, `.compacted`. The sequence throws `.tooSlow`, `.compacted` or
    ///   `.unavailable` where it can no longer be complete.
    func watch(_ range: KeyRange, after revision: Revision?) async throws(StoreError) -> StoreWatch

    /// Sees to it that watches of a range are soon told how far the store has come, though nothing in the range changes.
    ///
    /// Only needed where somebody waits for it: another program may write to the store outside of the range, which its
    /// watches are not told.
    ///
    /// - Parameter range: Starts with a prefix that ends with `/`, below which the store may keep a key of its own,
    ///   ``KeyRange/progressKey``.
    /// - Returns: A revision, not older than the newest one before the call, that watches will be told to have reached.
    func tellProgress(of range: KeyRange) async throws(StoreError) -> Revision

    /// Forgets the states before a revision, and the deleted keys in them. Later ones stay readable.
    func compact(before revision: Revision) async throws(StoreError)

    /// Closes files and connections; calls under way and later ones throw `.unavailable`.
    func shutdown() async
}

/// What a range held.
public struct StoreRange: Sendable, Hashable {
    /// The keys and values, in order.
    public var values: [StoredValue]
    /// Whether there are more than the limit allowed.
    public var hasMore: Bool
    /// How many keys the range holds, those past the limit too.
    public var count: Int
    /// Of which moment this is.
    public var revision: Revision

    /// An answer from its parts.
    public init(values: [StoredValue], hasMore: Bool, count: Int, revision: Revision) {
        self.values = values
        self.hasMore = hasMore
        self.count = count
        self.revision = revision
    }
}

/// The changes of a range, as they come; ends where the store shuts down.
public typealias StoreWatch = AsyncThrowingStream<StoreEventBatch, any Error>
