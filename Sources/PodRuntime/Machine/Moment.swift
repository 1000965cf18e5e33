import Glibc
import KubernetesAPI

/// What the clocks say at one moment: the machine takes this value in place of a clock.
struct Moment: Sendable, Hashable {
    /// Civil time, to be shown.
    var wall: Timestamp
    /// Time since the host started, sleep included, for measuring.
    var uptime: Duration

    /// The current moment.
    static func now() -> Moment {
        var time = timespec()
        // In bounds: the call writes the one structure.
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(
            wall: .now,
            uptime: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
        )
    }

    /// When a moment of civil time was, or is going to be, by the other clock.
    func uptime(of wall: Timestamp) -> Duration { uptime + self.wall.duration(to: wall) }
}
