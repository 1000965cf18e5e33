/// The latest events of a store, without gaps.
struct EventHistory: Sendable {
    /// Events in order; those before `first` were dropped.
    private var events: [StoreEvent] = []
    private var first = 0
    private var byteCount = 0
    /// All events after this revision are here.
    private(set) var start: Revision

    /// A history that begins after a revision.
    init(after revision: Revision) {
        start = revision
    }

    /// Adds what came next, and drops whole transactions from the old end until it is within the limits.
    mutating func append(_ added: [StoreEvent], limits: WatchHub.Limits) {
        events += added
        for event in added { byteCount += event.byteCount }
        while events.count - first > limits.historyEventCount || byteCount > limits.historyByteCount {
            let revision = events[first].revision
            while first < events.count, events[first].revision == revision {
                byteCount -= events[first].byteCount
                first += 1
            }
            start = revision
        }
        if first > 1024, first > events.count / 2 {
            events.removeFirst(first)
            first = 0
        }
    }

    /// The events of a range after a revision; nil where some were dropped.
    func events(of range: KeyRange, after revision: Revision) -> [StoreEvent]? {
        guard revision >= start else { return nil }
        var low = first
        var high = events.count
        while low < high {
            let middle = low + (high - low) / 2
            if events[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return events[low...].filter { range.contains($0.key) }
    }
}
