/// Decides when one family's table has to be looked at although nothing changed; the clock is the caller's.
///
/// What failed is tried again after a pause that doubles from 100 ms up to `syncPeriod`, so that a short trouble is over in
/// milliseconds and a long one costs nothing. Once an hour everything is compared with the kernel, whether or not anything
/// was noticed.
struct SyncSchedule: Sendable, Equatable {
    /// An instant, as the time since some start.
    typealias Time = Duration

    let syncPeriod: Duration
    /// Time between two comparisons of everything.
    static let fullSyncPeriod = Duration.seconds(3600)
    /// How long unused chains are kept, so that a Service that scales down and up finds them.
    static let cleanupDelay = Duration.seconds(60)
    private static let firstPause = Duration.milliseconds(100)

    private var retryAt: Time?
    private var pause = Self.firstPause
    private var lastFullSync: Time?
    private var cleanupAt: Time?

    init(syncPeriod: Duration) {
        self.syncPeriod = syncPeriod
    }

    /// When something has to be done although nothing changed; nil before the first sync.
    var timerDue: Time? {
        [retryAt ?? lastFullSync.map { $0 + Self.fullSyncPeriod }, cleanupAt].compactMap { $0 }.min()
    }

    /// Whether everything has to be compared now: a retry, or the hourly comparison.
    func isFullSyncDue(at now: Time) -> Bool {
        if let retryAt { return retryAt <= now }
        return lastFullSync.map { $0 + Self.fullSyncPeriod <= now } ?? false
    }

    /// Whether a sync failed a moment ago, so that changes wait for the retry.
    func isHeldBack(at now: Time) -> Bool { retryAt.map { $0 > now } ?? false }

    /// Whether unused chains should be deleted now.
    func isCleanupDue(at now: Time) -> Bool { cleanupAt.map { $0 <= now } ?? false }

    /// Notes a sync that succeeded.
    mutating func succeeded(at now: Time, wasFull: Bool, leavesUnused: Bool) {
        retryAt = nil
        pause = Self.firstPause
        if wasFull { lastFullSync = now }
        cleanupAt = leavesUnused ? cleanupAt ?? now + Self.cleanupDelay : nil
    }

    /// Notes a sync that failed.
    ///
    /// - Returns: The pause before it is tried again.
    mutating func failed(at now: Time) -> Duration {
        let pause = min(self.pause, syncPeriod)
        retryAt = now + pause
        self.pause = min(self.pause * 2, syncPeriod)
        return pause
    }

    /// Notes a cleanup, whether or not it succeeded.
    mutating func cleanedUp() { cleanupAt = nil }
}
