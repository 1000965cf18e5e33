import Glibc

/// A point on the clock that is never set (`CLOCK_MONOTONIC`), for measuring how long something took or has waited.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Time since the machine started, suspension excluded.
    public var sinceBoot: Duration

    /// The point so long after the machine started.
    public init(sinceBoot: Duration) {
        self.sinceBoot = sinceBoot
    }

    /// The current point.
    public static func now() -> MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(sinceBoot: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec)))
    }

    /// How long after `earlier` this point is.
    public func duration(since earlier: MonotonicTime) -> Duration { sinceBoot - earlier.sinceBoot }

    /// Earlier before later.
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.sinceBoot < right.sinceBoot }
}

/// What both clocks said at one moment. State machines take this value in place of a clock.
public struct Moment: Sendable, Hashable {
    /// Civil time, to be shown.
    public var wall: WallTime
    /// For measuring.
    public var monotonic: MonotonicTime

    /// The moment at which the clocks said this.
    public init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The current moment.
    public static func now() -> Moment { Moment(wall: .now(), monotonic: .now()) }
}

extension Duration {
    /// The duration in seconds, as metrics carry it.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
