/// How long to wait before a part that failed is run again: it grows while the part fails soon.
struct PartBackoff: Sendable, Equatable {
    /// The first and the longest wait.
    private static let waits = (first: Duration.milliseconds(500), longest: Duration.seconds(30))
    /// A part that ran for that long counts as one that had worked.
    private static let goodRun: Duration = .seconds(60)

    private var wait = PartBackoff.waits.first

    init() {}

    /// The wait after a run of that length.
    mutating func next(afterRunOf length: Duration) -> Duration {
        if length >= Self.goodRun { wait = Self.waits.first }
        defer { wait = min(wait * 2, Self.waits.longest) }
        return wait
    }
}
