import Glibc

/// A point in time, to the nanosecond, as Kubernetes writes it (RFC 3339).
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public let seconds: Int64
    /// Nanoseconds after them: 0...999,999,999.
    public let nanoseconds: Int32

    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
    private static let attosecondsPerNanosecond: Int64 = 1_000_000_000

    /// The time so long after 1970-01-01T00:00:00Z.
    ///
    /// - Parameter nanoseconds: Any number; whole seconds in it are carried over.
    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        var carry = nanoseconds / Self.nanosecondsPerSecond
        var rest = nanoseconds % Self.nanosecondsPerSecond
        if rest < 0 {
            rest += Self.nanosecondsPerSecond
            carry -= 1
        }
        self.seconds = seconds.addingSaturating(carry)
        self.nanoseconds = Int32(rest)
    }

    /// The time of the system's clock.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// The time so much later; at the ends of what a number can hold it stops.
    public func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(
            seconds: self.seconds.addingSaturating(seconds),
            nanoseconds: Int64(nanoseconds) + attoseconds / Self.attosecondsPerNanosecond
        )
    }

    /// How long after this the other is; negative where it is earlier.
    public func duration(to other: Timestamp) -> Duration {
        .seconds(other.seconds) - .seconds(seconds) + .nanoseconds(Int64(other.nanoseconds - nanoseconds))
    }

    /// Earlier comes first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

extension Int64 {
    fileprivate func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
