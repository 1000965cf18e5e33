extension Expression {
    /// Goes on with the rule only if registers compare with a constant (`cmp`).
    public struct Compare: Sendable, Hashable {
        /// How they compare (`NFT_CMP_*`); order is that of the bytes, so of numbers in network order.
        public enum Comparison: UInt32, Sendable, Hashable {
            /// They are the same (`==`).
            case equal = 0
            /// They differ (`!=`).
            case notEqual = 1
            /// `<`.
            case less = 2
            /// `<=`.
            case lessOrEqual = 3
            /// `>`.
            case greater = 4
            /// `>=`.
            case greaterOrEqual = 5
        }

        /// How they must compare.
        public var comparison: Comparison
        /// First of the registers.
        public var source: Register
        /// The constant; its size says how many bytes are compared.
        public var value: RegisterValue

        /// Compares.
        public init(_ source: Register, _ comparison: Comparison, _ value: RegisterValue) {
            self.source = source
            self.comparison = comparison
            self.value = value
        }
    }
}
