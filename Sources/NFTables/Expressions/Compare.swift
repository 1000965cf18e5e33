internal import CNetfilter

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

extension Expression.Compare: ExpressionCodec {
    static let kernelName = "cmp"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_CMP_SREG, source)
        handle.set(NFTNL_EXPR_CMP_OP, comparison.rawValue)
        handle.set(NFTNL_EXPR_CMP_DATA, value)
    }

    init?(_ handle: ExpressionHandle) {
        guard let source = handle.register(NFTNL_EXPR_CMP_SREG),
            let comparison = handle.uint32(NFTNL_EXPR_CMP_OP).flatMap(Comparison.init(rawValue:)),
            let value = handle.value(NFTNL_EXPR_CMP_DATA)
        else { return nil }
        self.init(source, comparison, value)
    }
}
