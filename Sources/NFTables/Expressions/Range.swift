extension Expression {
    /// Goes on with the rule only if registers lie in a range of constants, or do not (`range`).
    public struct Range: Sendable, Hashable {
        /// First of the registers.
        public var source: Register
        /// First value of the range.
        public var lowerBound: RegisterValue
        /// Last value of the range, which belongs to it.
        public var upperBound: RegisterValue
        /// Whether what lies outside matches.
        public var inverted: Bool

        /// Compares with both bounds, which are in the range.
        public init(
            _ source: Register,
            from lowerBound: RegisterValue,
            through upperBound: RegisterValue,
            inverted: Bool = false
        ) {
            self.source = source
            self.lowerBound = lowerBound
            self.upperBound = upperBound
            self.inverted = inverted
        }
    }
}
