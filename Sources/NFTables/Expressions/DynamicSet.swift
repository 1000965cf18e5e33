extension Expression {
    /// Changes an element of a set or map from a rule (`dynset`).
    public struct DynamicSet: Sendable, Hashable {
        /// What is done (`NFT_DYNSET_OP_*`).
        public enum Operation: UInt32, Sendable, Hashable {
            /// The element is added where it is not there.
            case add = 0
            /// It is added, or its time starts anew; the value of one that is there stays.
            case update = 1
            /// It is deleted.
            case delete = 2
        }

        /// What is done.
        public var operation: Operation
        /// Name of the set, which needs ``NamedSet/Flags/dynamic``.
        public var set: String
        /// First register of the key.
        public var key: Register
        /// First register of the value, for a map.
        public var value: Register?
        /// How long the element stays; nil for the set's own time.
        public var timeout: Duration?

        /// Changes an element.
        public init(
            _ operation: Operation,
            in set: String,
            key: Register,
            value: Register? = nil,
            timeout: Duration? = nil
        ) {
            self.operation = operation
            self.set = set
            self.key = key
            self.value = value
            self.timeout = timeout
        }
    }
}
