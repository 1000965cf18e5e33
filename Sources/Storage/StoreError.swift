/// Why a store could not do what it was asked.
public enum StoreError: Error, Sendable, Hashable {
    /// The state of that time is gone; the oldest that can be read, or watched from, is `compacted`.
    case compacted(Revision)
    /// That revision is yet to come; `current` is the newest.
    case future(current: Revision)
    /// A transaction that no store can do: two changes to one key, a value or a transaction that is too large.
    case invalid(reason: String)
    /// The store does not answer, or its disk fails; whether a transaction happened is not known.
    case unavailable(reason: String)
    /// A watcher did not take its events in time, and they were dropped: watch again.
    case tooSlow
    /// The task was cancelled.
    case cancelled
}

extension StoreError: CustomStringConvertible {
    /// For people.
    public var description: String {
        switch self {
        case .compacted(let oldest): "the revision was compacted; the oldest that is kept is \(oldest)"
        case .future(let current): "the revision is yet to come; the newest is \(current)"
        case .invalid(let reason): "not a transaction that can be done: \(reason)"
        case .unavailable(let reason): "the store is unavailable: \(reason)"
        case .tooSlow: "the watcher was too slow"
        case .cancelled: "cancelled"
        }
    }
}
