/// Decides how long a request must wait so that no more than `rate` a second are sent, bursts apart.
///
/// Requests are let through in the order in which they reserve; a reservation cannot be given back.
struct TokenBucket: Sendable {
    /// Requests a second over time.
    let rate: Double
    /// Requests that may go at once after a rest.
    let burst: Double

    private var tokens: Double
    private var lastRefill: Duration

    init(rate: Double, burst: Int, now: Duration) {
        self.rate = rate
        self.burst = Double(max(burst, 1))
        tokens = self.burst
        lastRefill = now
    }

    /// Takes the next place and returns how long to wait for it.
    mutating func reserve(now: Duration) -> Duration {
        tokens = min(burst, tokens + ((now - lastRefill) / .seconds(1)) * rate)
        lastRefill = now
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }
}
