internal import CNetfilter

extension Expression {
    /// Counts what passes (`counter`). Written, the numbers are where it begins.
    public struct Counter: Sendable, Hashable {
        /// Packets so far.
        public var packets: UInt64
        /// Their bytes.
        public var bytes: UInt64

        /// Counts from those numbers on.
        public init(packets: UInt64 = 0, bytes: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
        }
    }
}

extension Rule {
    /// The rule with its counters at zero: what two readings of one rule have in common.
    public var withoutCounts: Rule {
        var copy = self
        copy.expressions = expressions.map { expression in
            if case .counter = expression { .counter(Expression.Counter()) } else { expression }
        }
        return copy
    }
}

extension Expression.Counter: ExpressionCodec {
    static let kernelName = "counter"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_CTR_PACKETS, packets)
        handle.set(NFTNL_EXPR_CTR_BYTES, bytes)
    }

    init?(_ handle: ExpressionHandle) {
        self.init(
            packets: handle.uint64(NFTNL_EXPR_CTR_PACKETS) ?? 0,
            bytes: handle.uint64(NFTNL_EXPR_CTR_BYTES) ?? 0
        )
    }
}
