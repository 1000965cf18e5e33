extension Expression {
    /// Looks registers up in a set or map (`lookup`). The rule goes on if they are in it.
    public struct Lookup: Sendable, Hashable {
        /// Name of the set, in the rule's table.
        public var set: String
        /// First register of the key.
        public var source: Register
        /// First register for a map's value; ``Register/verdict`` for a verdict map; nil for a set.
        public var destination: Register?
        /// Whether the rule goes on if they are not in it; sets only.
        public var inverted: Bool

        /// Looks up.
        public init(_ source: Register, in set: String, into destination: Register? = nil, inverted: Bool = false) {
            self.set = set
            self.source = source
            self.destination = destination
            self.inverted = inverted
        }
    }
}
