/// Changes that happen all at once or not at all, if the store is still as they suppose.
public struct StoreTransaction: Sendable, Hashable {
    /// What must be true of a key.
    public struct Condition: Sendable, Hashable {
        /// The key.
        public var key: String
        /// When the key was last written; nil: it must not exist.
        public var modRevision: Revision?

        /// A condition from its parts.
        public init(key: String, modRevision: Revision?) {
            self.key = key
            self.modRevision = modRevision
        }
    }

    /// What becomes of a key. Of several changes to one key in a transaction the store refuses all.
    public enum Change: Sendable, Hashable {
        /// The key holds these bytes; with a time to live, the store deletes it after that time.
        case put(key: String, value: [UInt8], timeToLive: Duration?)
        /// The key is no more.
        case delete(key: String)

        /// The key.
        public var key: String {
            switch self {
            case .put(let key, _, _), .delete(let key): key
            }
        }
    }

    /// What must be true, all of it.
    public var conditions: [Condition]
    /// What happens then, all in one revision.
    public var changes: [Change]

    /// A transaction from its parts.
    public init(if conditions: [Condition] = [], then changes: [Change]) {
        self.conditions = conditions
        self.changes = changes
    }
}

/// What became of a transaction.
public enum StoreOutcome: Sendable, Hashable {
    /// It happened, is on disk, and made this revision.
    case committed(Revision)
    /// A condition was not true: nothing happened. The values of the keys of the conditions, as they were at that
    /// moment, in the conditions' order; nil for a key that does not exist.
    case conflict(Revision, present: [StoredValue?])
}
