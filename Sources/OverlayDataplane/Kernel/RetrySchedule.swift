/// When objects that the kernel refused, or that somebody keeps changing, are tried again.
///
/// Each object waits for itself, so that one that cannot be does not hold up the others.
struct RetrySchedule {
    private struct Entry {
        var attempts = 0
        var notBefore: Duration = .zero
        var problem: OverlayProblem?
        var lastRepair: Duration = .zero
    }

    private let firstPause: Duration
    private let longestPause: Duration
    private var entries: [KernelKey: Entry] = [:]

    /// Two repairs of one object within this time count as a quarrel with somebody.
    private static let quarrelInterval = Duration.seconds(5)
    /// So many repairs of a quarrel are made at once; then the pauses begin.
    private static let patience = 8

    init(firstPause: Duration = .milliseconds(250), longestPause: Duration = .seconds(30)) {
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// Whether an object must wait.
    func isWaiting(_ key: KernelKey, now: Duration) -> Bool {
        entries[key].map { $0.notBefore > now } ?? false
    }

    /// Whether the kernel refused the last step for an object.
    func hasProblem(_ key: KernelKey) -> Bool { entries[key]?.problem != nil }

    /// What was refused and not done since, by object.
    var problems: [OverlayProblem] {
        entries.values.compactMap(\.problem).sorted { $0.description < $1.description }
    }

    /// When an object has waited long enough.
    func notBefore(_ key: KernelKey) -> Duration { entries[key]?.notBefore ?? .zero }

    /// The kernel refused a step for an object.
    mutating func refused(_ key: KernelKey, reason: String, now: Duration) {
        var entry = entries[key] ?? Entry()
        entry.attempts = entry.problem == nil ? 1 : entry.attempts + 1
        entry.problem = OverlayProblem(object: key.description, reason: reason)
        entry.notBefore = now + pause(after: entry.attempts)
        entries[key] = entry
    }

    /// An object is as it should be.
    mutating func succeeded(_ key: KernelKey) {
        guard entries[key]?.problem != nil else { return }
        entries[key] = nil
    }

    /// Somebody changed an object, and it was put right.
    mutating func repaired(_ key: KernelKey, now: Duration) {
        var entry = entries[key] ?? Entry()
        guard entry.problem == nil else { return }
        // Twice the last pause, as the pause itself is over by now.
        let interval = max(Self.quarrelInterval, (entry.notBefore - entry.lastRepair) * 2)
        let isQuarrel = entry.attempts > 0 && now - entry.lastRepair < interval
        entry.attempts = isQuarrel ? entry.attempts + 1 : 1
        entry.lastRepair = now
        entry.notBefore = entry.attempts > Self.patience ? now + pause(after: entry.attempts - Self.patience) : .zero
        entries[key] = entry
    }

    /// An object is wanted otherwise: it is tried at once.
    mutating func forget(_ key: KernelKey) { entries[key] = nil }

    /// Forgets repairs that are long ago.
    mutating func prune(now: Duration) {
        entries = entries.filter { $0.value.problem != nil || now - $0.value.lastRepair < longestPause * 2 }
    }

    private func pause(after attempts: Int) -> Duration {
        var pause = firstPause
        for _ in 1..<min(max(attempts, 1), 32) {
            guard pause < longestPause else { break }
            pause *= 2
        }
        return min(pause, longestPause)
    }
}
