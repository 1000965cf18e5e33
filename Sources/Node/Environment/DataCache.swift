/// What was read of the API server lately: kept for a few seconds, so that the containers of a Deployment that start
/// together ask once.
struct DataCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var until: Duration
    }

    private var entries: [Key: Entry] = [:]
    private let lifetime: Duration
    /// How many values are kept at most.
    private let limit: Int

    init(lifetime: Duration, limit: Int) {
        self.lifetime = lifetime
        self.limit = limit
    }

    /// The value; nil where it is not there, or too old.
    func value(of key: Key, now: Duration) -> Value? {
        entries[key].flatMap { $0.until > now ? $0.value : nil }
    }

    /// Keeps a value.
    mutating func put(_ value: Value, for key: Key, now: Duration) {
        if entries.count >= limit { entries = entries.filter { $0.value.until > now } }
        if entries.count >= limit { entries = [:] }
        entries[key] = Entry(value: value, until: now + lifetime)
    }
}
