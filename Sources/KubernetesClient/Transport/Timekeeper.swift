/// The passing of time, given from outside: what it is, and how to wait.
///
/// A `Clock` with its instants made plain durations, so that one stored property serves every clock.
public struct Timekeeper: Sendable {
    /// The time since an arbitrary start; never goes back.
    public let now: @Sendable () -> Duration
    /// Waits that long; throws where the task is cancelled.
    public let sleep: @Sendable (Duration) async throws -> Void

    /// A time from its two parts.
    public init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The time of a clock, counted from this call.
    public init<C: Clock>(_ clock: C) where C.Duration == Duration {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
    }

    /// The time that does not stand still while the machine sleeps.
    public static var continuous: Timekeeper { Timekeeper(ContinuousClock()) }
}
