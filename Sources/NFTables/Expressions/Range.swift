internal import CNetfilter

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

extension Expression.Range: ExpressionCodec {
    static let kernelName = "range"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_RANGE_SREG, source)
        handle.set(NFTNL_EXPR_RANGE_OP, UInt32(inverted ? NFT_RANGE_NEQ.rawValue : NFT_RANGE_EQ.rawValue))
        handle.set(NFTNL_EXPR_RANGE_FROM_DATA, lowerBound)
        handle.set(NFTNL_EXPR_RANGE_TO_DATA, upperBound)
    }

    init?(_ handle: ExpressionHandle) {
        guard let source = handle.register(NFTNL_EXPR_RANGE_SREG),
            let operation = handle.uint32(NFTNL_EXPR_RANGE_OP),
            let lowerBound = handle.value(NFTNL_EXPR_RANGE_FROM_DATA),
            let upperBound = handle.value(NFTNL_EXPR_RANGE_TO_DATA)
        else { return nil }
        self.init(source, from: lowerBound, through: upperBound, inverted: operation == NFT_RANGE_NEQ.rawValue)
    }
}
