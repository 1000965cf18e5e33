/// Times of one thing that was done several times.
struct Samples {
    /// In milliseconds, as they came.
    private(set) var milliseconds: [Double] = []

    /// Adds one.
    mutating func append(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        milliseconds.append(Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
    }

    /// The shortest.
    var minimum: Double { milliseconds.min() ?? .nan }
    /// The longest.
    var maximum: Double { milliseconds.max() ?? .nan }
    /// The one in the middle.
    var median: Double { percentile(50) }

    /// The time that so many of a hundred do not exceed.
    func percentile(_ percent: Double) -> Double {
        guard !milliseconds.isEmpty else { return .nan }
        let sorted = milliseconds.sorted()
        return sorted[min(Int(Double(sorted.count) * percent / 100), sorted.count - 1)]
    }
}

/// Runs `body` and adds how long it took.
func measure<Result, Failure: Error>(
    into samples: inout Samples,
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let start = ContinuousClock.now
    let result = try body()
    samples.append(.now - start)
    return result
}
