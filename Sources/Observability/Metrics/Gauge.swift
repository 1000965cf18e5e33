import Synchronization

/// A number that goes up and down.
public final class Gauge: Sendable {
    /// The bits of a `Double`.
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Replaces the value.
    public func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Replaces the value.
    public func set(_ value: Int) {
        set(Double(value))
    }

    /// Replaces the value by seconds since the epoch.
    public func set(_ time: WallTime) {
        set(time.secondsSinceEpoch)
    }

    /// Adds to the value; a negative amount lowers it.
    public func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: current) + amount
            let (exchanged, original) = bits.compareExchange(
                expected: current,
                desired: sum.bitPattern,
                ordering: .relaxed
            )
            if exchanged { return }
            current = original
        }
    }

    /// The current value.
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
