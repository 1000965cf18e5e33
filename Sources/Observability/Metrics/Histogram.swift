import Synchronization

/// How observed values spread over fixed ranges.
public final class Histogram: Sendable {
    /// The count per bucket, the sum and the number of observations at one moment.
    public struct Reading: Sendable, Equatable {
        /// Observations per bucket, not cumulated; the last is for values above every bound.
        public var counts: [UInt64]
        /// Sum of the observed values.
        public var sum: Double
        /// Number of observations.
        public var count: UInt64
    }

    /// Upper bounds of the buckets, inclusive, ascending, without infinity.
    public let bounds: [Double]
    private let reading: Mutex<Reading>

    init(bounds: [Double]) {
        self.bounds = bounds
        reading = Mutex(Reading(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0, count: 0))
    }

    /// Counts one value.
    public func observe(_ value: Double) {
        // The first bound that is not below the value.
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        reading.withLock {
            $0.counts[low] += 1
            $0.sum += value
            $0.count += 1
        }
    }

    /// Counts one duration, in seconds.
    public func observe(_ duration: Duration) {
        observe(duration.inSeconds)
    }

    /// A consistent copy.
    public var current: Reading { reading.withLock { $0 } }

    /// Bounds that grow by a factor: `start, start × factor, …`, as many as `count`.
    public static func exponentialBounds(from start: Double, factor: Double, count: Int) -> [Double] {
        var bounds: [Double] = []
        var next = start
        for _ in 0..<count {
            bounds.append(next)
            next *= factor
        }
        return bounds
    }
}
