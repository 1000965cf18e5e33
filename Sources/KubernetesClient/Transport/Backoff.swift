/// Growing waits between tries, with jitter, so that thousands of clients do not come back at once.
///
/// The defaults are those of upstream's reflector: from 0.8 s, doubling up to 30 s, each stretched by up to as much
/// again, and starting over after two quiet minutes (client-go `tools/cache/reflector.go`).
public struct Backoff: Sendable {
    /// The first wait, before jitter.
    public let initial: Duration
    /// The longest wait, before jitter.
    public let maximum: Duration
    /// Waits start over where none was needed for this long.
    public let resetAfter: Duration

    private var step: Duration
    private var lastUse: Duration?

    /// A back-off that has not waited yet.
    public init(
        initial: Duration = .milliseconds(800),
        maximum: Duration = .seconds(30),
        resetAfter: Duration = .seconds(120)
    ) {
        self.initial = initial
        self.maximum = maximum
        self.resetAfter = resetAfter
        step = initial
    }

    /// Returns how long to wait before the next try.
    ///
    /// - Parameters:
    ///   - now: The time since any fixed point.
    ///   - jitter: A random number in 0..<1.
    public mutating func next(now: Duration, jitter: Double) -> Duration {
        if let lastUse, now - lastUse > resetAfter { step = initial }
        lastUse = now
        let wait = step * (1 + jitter)
        step = min(step * 2, maximum)
        return wait
    }

    /// Starts over: the next wait is the first again.
    public mutating func reset() {
        step = initial
        lastUse = nil
    }
}
