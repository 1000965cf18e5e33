/// Lets through so many in a second, and a number at once after a pause.
struct TokenBucket: Sendable, Equatable {
    /// How many at once.
    let capacity: Int
    /// How long until one more may.
    let interval: Duration
    private var tokenCount: Int
    private var refilled: Duration

    /// A full bucket.
    init(capacity: Int, interval: Duration, now: Duration) {
        self.capacity = capacity
        self.interval = interval
        tokenCount = capacity
        refilled = now
    }

    /// Takes one if there is one; returns how long to wait otherwise.
    mutating func take(now: Duration) -> Duration? {
        let passed = now - refilled
        if passed >= interval * capacity {
            tokenCount = capacity
            refilled = now
        } else {
            while tokenCount < capacity, now - refilled >= interval {
                tokenCount += 1
                refilled += interval
            }
            if tokenCount == capacity { refilled = now }
        }
        guard tokenCount > 0 else { return max(interval - (now - refilled), .milliseconds(1)) }
        tokenCount -= 1
        return nil
    }
}
