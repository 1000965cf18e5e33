import Observability

/// Decides which events are worth telling, so that no fault floods the cluster. Pure: each call is told the time.
///
/// The same event is told once in a while, with how often it happened; and no object, nor the proxy as a whole, tells
/// more than its share.
struct EventLimiter: Sendable {
    /// An event to be told.
    struct Admitted: Sendable, Equatable {
        var event: ProxyEvent
        /// How often it has happened since it was last told.
        var count: Int
    }

    /// The least time between two tellings of one event.
    var repeatInterval: Duration = .seconds(10 * 60)
    /// Events that may be told at once.
    var burst = 50.0
    /// Events per second that may be told in the long run.
    var rate = 0.2
    /// Events that are remembered.
    var memory = 1_024

    private struct Past {
        var toldAt: MonotonicTime
        var suppressed = 0
    }

    private var past: [ProxyEvent: Past] = [:]
    private var tokens: Double?
    private var refilledAt: MonotonicTime?

    init() {}

    /// The event as it is to be told, or nil where it is not.
    mutating func admit(_ event: ProxyEvent, at now: MonotonicTime) -> Admitted? {
        if let known = past[event], now.duration(since: known.toldAt) < repeatInterval {
            past[event]?.suppressed += 1
            return nil
        }
        let available = min(burst, (tokens ?? burst) + rate * elapsedSeconds(until: now))
        refilledAt = now
        guard available >= 1 else {
            tokens = available
            return nil
        }
        tokens = available - 1
        let count = 1 + (past[event]?.suppressed ?? 0)
        past[event] = Past(toldAt: now)
        forgetOldest()
        return Admitted(event: event, count: count)
    }

    private func elapsedSeconds(until now: MonotonicTime) -> Double {
        refilledAt.map { now.duration(since: $0) / .seconds(1) } ?? 0
    }

    private mutating func forgetOldest() {
        guard past.count > memory, let oldest = past.min(by: { $0.value.toldAt < $1.value.toldAt }) else { return }
        past[oldest.key] = nil
    }
}
