import Storage

/// Transactions that wait to be written.
struct CommitQueue: Sendable {
    /// A transaction, and who waits for it.
    struct Item: Sendable {
        let transaction: StoreTransaction
        /// Nil where nobody does.
        let waiter: CheckedContinuation<Result<StoreOutcome, StoreError>, Never>?

        /// Tells who waits.
        func finish(_ result: Result<StoreOutcome, StoreError>) {
            waiter?.resume(returning: result)
        }
    }

    /// The most transactions that wait.
    private static let capacity = 65_536
    /// The most bytes that wait.
    private static let byteCapacity = 256 << 20
    /// The most transactions of a batch.
    private static let batchCount = 512
    /// A batch is not added to past this.
    private static let batchByteCount = 8 << 20

    private var items: [Item] = []
    private var first = 0
    private var byteCount = 0
    /// Whether a batch is being written, or about to.
    private var isWriting = false

    /// What became of an item.
    enum Admission {
        /// A batch must be started.
        case start
        /// It will be in a batch to come.
        case waits
        /// There is no room.
        case full
    }

    /// Adds an item.
    mutating func append(_ item: Item) -> Admission {
        let size = item.transaction.byteCount
        guard items.count - first < Self.capacity, byteCount + size <= Self.byteCapacity else { return .full }
        items.append(item)
        byteCount += size
        guard !isWriting else { return .waits }
        isWriting = true
        return .start
    }

    /// Takes the next batch; empty where nothing waits, and then a batch must be started for the next item.
    mutating func takeBatch() -> [Item] {
        let start = first
        var size = 0
        while first < items.count, first - start < Self.batchCount, size < Self.batchByteCount {
            size += items[first].transaction.byteCount
            first += 1
        }
        let batch = Array(items[start..<first])
        byteCount -= size
        if first == items.count {
            items.removeAll(keepingCapacity: first <= 1024)
            first = 0
        }
        isWriting = !batch.isEmpty
        return batch
    }

    /// Takes everything.
    mutating func removeAll() -> [Item] {
        let all = Array(items[first...])
        items = []
        first = 0
        byteCount = 0
        return all
    }
}
