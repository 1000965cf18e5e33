import Glibc

/// The time of day, as it is stored: milliseconds since 1970.
enum WallClock {
    /// Now.
    static var now: Int64 {
        var time = timespec()
        // The call fills the structure it is given.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The moment so long from now; the end of time where that is past it.
    static func milliseconds(in duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, carry) = now.addingReportingOverflow(milliseconds)
        guard !overflow, !carry else { return .max }
        let (moment, last) = sum.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return last ? .max : moment
    }
}
