/// For how long a container that keeps ending is left alone: not at all the first time, then 10 s, twice as long each
/// time up to 5 minutes, and from the start after 10 minutes without.
///
/// Upstream: `k8s.io/client-go/util/flowcontrol` `Backoff`, as `kuberuntime_manager.go` `doBackOff` uses it.
struct RestartBackOff: Sendable, Hashable {
    static let initial: Duration = .seconds(10)
    static let limit: Duration = .seconds(300)

    private var delay: Duration?
    private var updatedAt: Duration = .zero

    /// Until when it is to wait; nil where it may start now.
    ///
    /// - Parameter end: When the container ended.
    func wait(afterEnd end: Duration, now: Duration) -> Duration? {
        guard let delay, end - updatedAt <= Self.limit * 2, now < end + delay else { return nil }
        return end + delay
    }

    /// How long the wait is.
    var currentDelay: Duration { delay ?? .zero }

    /// Counts a start after an end. How long it waited in between does not make it stable.
    mutating func started(afterEnd end: Duration, now: Duration) {
        if let delay, end - updatedAt <= Self.limit * 2 {
            self.delay = min(delay * 2, Self.limit)
        } else {
            delay = Self.initial
        }
        updatedAt = now
    }
}
