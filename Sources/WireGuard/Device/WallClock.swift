import Glibc

/// The wall clock, by which devices tell when a handshake was.
enum WallClock {
    /// The time since 1970 (`CLOCK_REALTIME`).
    static func now() -> Duration {
        var time = timespec()
        // In bounds: the call writes the one timespec.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
