import Dispatch
import GRDB
public import Storage
import Synchronization

/// A store in one SQLite file, for one process.
///
/// The file is in WAL mode with `synchronous = FULL`: a transaction that ``commit(_:)`` returned from is on the disk.
/// Transactions that arrive while another is being written are gathered into one SQLite transaction and share its
/// `fsync`; each still has its own revision, and sees what those before it did. If the disk fails, none of them happened.
/// Reads use connections of their own and never wait for writes. No call blocks a thread of Swift's pool.
///
/// History is forgotten by itself: see ``Options``.
public final class SQLiteStore: Store {
    /// How a store keeps its file and its history.
    public struct Options: Sendable, Hashable {
        /// How long states stay readable; nil: until ``SQLiteStore/compact(before:)``.
        public var historyDuration: Duration?
        /// The most revisions that stay readable; nil for no bound.
        public var historyRevisionCount: Int64?
        /// The most reads at a time.
        public var readerCount: Int
        /// How often keys are looked for whose time has come.
        public var sweepInterval: Duration
        /// What is held in memory for watches.
        public var watchLimits: WatchHub.Limits

        /// Options from their parts.
        public init(
            historyDuration: Duration? = .seconds(5 * 60),
            historyRevisionCount: Int64? = 500_000,
            readerCount: Int = 4,
            sweepInterval: Duration = .milliseconds(500),
            watchLimits: WatchHub.Limits = WatchHub.Limits()
        ) {
            self.historyDuration = historyDuration
            self.historyRevisionCount = historyRevisionCount
            self.readerCount = readerCount
            self.sweepInterval = sweepInterval
            self.watchLimits = watchLimits
        }
    }

    /// The file.
    public let path: String
    let options: Options
    let pool: DatabasePool
    let hub: WatchHub
    let state: Mutex<State>
    private let lock: Mutex<StoreFileLock?>

    /// What is known without asking SQLite.
    struct State {
        /// The newest revision that is on the disk.
        var revision: Revision
        /// Earlier states cannot be read.
        var oldest: Revision
        var queue = CommitQueue()
        /// Which revision was the newest at some moments, the earliest first.
        var moments: [(instant: ContinuousClock.Instant, revision: Revision)]
        var isClosed = false
    }

    /// Opens the store in a file, or makes it.
    ///
    /// - Parameter path: The file; it and folders that are missing are made for the owner only. Beside it are the files
    ///   `PATH-wal` and `PATH-shm`, which belong to it, and `PATH.lock`.
    public static func open(
        at path: String,
        options: Options = Options()
    ) async throws(SQLiteStoreError) -> SQLiteStore {
        let result: Result<SQLiteStore, SQLiteStoreError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(SQLiteStoreError) in try SQLiteStore(path, options) })
            }
        }
        let store = try result.get()
        store.scheduleMaintenance()
        return store
    }

    /// Blocks while the file is opened.
    private init(_ path: String, _ options: Options) throws(SQLiteStoreError) {
        try StoreFile.makeFolder(of: path)
        let lock = try StoreFileLock(of: path)
        try StoreFile.prepare(path)
        let opened: Opened
        do {
            opened = try Opened(path: path, options: options)
        } catch let error as SQLiteStoreError {
            throw error
        } catch let error as DatabaseError {
            throw SQLiteStoreError(error, path: path)
        } catch {
            throw .inaccessible(path: path, reason: "\(error)")
        }
        self.path = path
        self.options = options
        self.lock = Mutex(consume lock)
        pool = opened.pool
        hub = WatchHub(revision: opened.revision, limits: options.watchLimits)
        state = Mutex(
            State(revision: opened.revision, oldest: opened.oldest, moments: [(.now, opened.revision)])
        )
    }

    /// The newest revision.
    public func currentRevision() async throws(StoreError) -> Revision {
        try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            return state.revision
        }
    }

    /// Tells all watches how far the store has come.
    public func tellProgress(of range: KeyRange) async throws(StoreError) -> Revision {
        let revision = try await currentRevision()
        hub.tellProgress()
        return revision
    }

    /// Closes the file, after the transactions that are being written; those that wait are not done.
    public func shutdown() async {
        let waiting: [CommitQueue.Item]? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            return state.queue.removeAll()
        }
        guard let waiting else { return }
        for item in waiting { item.finish(.failure(.closed)) }
        hub.close()
        await withCheckedContinuation { continuation in
            // Behind the batch that is being written.
            pool.asyncWriteWithoutTransaction { db in
                // What is left in the log is read again by the next start: nothing is lost if this fails.
                _ = try? db.checkpoint(.truncate)
                continuation.resume()
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [pool] in
                // A connection that cannot be closed is let go of with the store.
                _ = try? pool.close()
                continuation.resume()
            }
        }
        lock.withLock { $0 = nil }
    }
}

extension StoreError {
    /// The store was shut down.
    static var closed: StoreError { .unavailable(reason: "the store was shut down") }
}
