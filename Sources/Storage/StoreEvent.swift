/// What a transaction did to one key.
public struct StoreEvent: Sendable, Hashable {
    /// The key.
    public var key: String
    /// In which revision.
    public var revision: Revision
    /// The value from then on; nil where the key was deleted.
    public var value: StoredValue?
    /// The value before; nil where the key did not exist, or where the state before was compacted.
    public var previous: StoredValue?

    /// An event from its parts.
    public init(key: String, revision: Revision, value: StoredValue?, previous: StoredValue?) {
        self.key = key
        self.revision = revision
        self.value = value
        self.previous = previous
    }
}

/// All that one or several transactions did within a watched range, in order.
public struct StoreEventBatch: Sendable, Hashable {
    /// The changes; whole transactions only. Empty where it only tells how far the store has come.
    public var events: [StoreEvent]
    /// Everything in the watched range up to and including this revision was told.
    public var revision: Revision

    /// A batch from its parts.
    public init(events: [StoreEvent], revision: Revision) {
        self.events = events
        self.revision = revision
    }
}
