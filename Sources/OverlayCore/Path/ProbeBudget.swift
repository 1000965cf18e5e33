/// How many probes may be begun: a token bucket.
struct ProbeBudget: Sendable {
    /// Tokens per second.
    private let rate: Int
    /// What the bucket holds; a round of the largest search fits.
    private let burst: Double
    private var tokens: Double
    private var filled: Duration

    init(perSecond rate: Int, now: Duration) {
        self.rate = max(1, rate)
        burst = max(10, Double(self.rate) / 4)
        tokens = burst
        filled = now
    }

    /// Takes so many tokens, all or none.
    mutating func take(_ count: Int, now: Duration) -> Bool {
        if now > filled {
            tokens = min(burst, tokens + (now - filled) / .seconds(1) * Double(rate))
            filled = now
        }
        guard tokens >= Double(min(count, 10)) else { return false }
        tokens -= Double(count)
        return true
    }

    /// When there will be enough of them again.
    func refill(of count: Int, now: Duration) -> Duration {
        let missing = Double(min(count, 10)) - tokens
        guard missing > 0 else { return now }
        return max(now, filled + .seconds(missing / Double(rate)))
    }
}
