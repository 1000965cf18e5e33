internal import CNetfilter

extension Expression {
    /// Goes on with the rule only while a rate is not reached, or only when it is (`limit`).
    public struct Limit: Sendable, Hashable {
        /// What is counted (`NFT_LIMIT_*`).
        public enum Unit: UInt32, Sendable, Hashable {
            /// Packets.
            case packets = 0
            /// Bytes.
            case bytes = 1
        }

        /// What is counted.
        public var unit: Unit
        /// How many in each interval.
        public var rate: UInt64
        /// The interval, in seconds.
        public var seconds: UInt64
        /// How many more at once.
        public var burst: UInt32
        /// Whether the rule goes on when the rate is passed.
        public var inverted: Bool

        /// Limits.
        public init(
            _ unit: Unit = .packets,
            rate: UInt64,
            perSeconds seconds: UInt64 = 1,
            burst: UInt32 = 5,
            inverted: Bool = false
        ) {
            self.unit = unit
            self.rate = rate
            self.seconds = seconds
            self.burst = burst
            self.inverted = inverted
        }
    }
}

extension Expression.Limit: ExpressionCodec {
    static let kernelName = "limit"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_LIMIT_TYPE, unit.rawValue)
        handle.set(NFTNL_EXPR_LIMIT_RATE, rate)
        handle.set(NFTNL_EXPR_LIMIT_UNIT, seconds)
        handle.set(NFTNL_EXPR_LIMIT_BURST, burst)
        if inverted { handle.set(NFTNL_EXPR_LIMIT_FLAGS, UInt32(NFT_LIMIT_F_INV.rawValue)) }
    }

    init?(_ handle: ExpressionHandle) {
        guard let unit = Unit(rawValue: handle.uint32(NFTNL_EXPR_LIMIT_TYPE) ?? 0),
            let rate = handle.uint64(NFTNL_EXPR_LIMIT_RATE),
            let seconds = handle.uint64(NFTNL_EXPR_LIMIT_UNIT)
        else { return nil }
        self.init(
            unit,
            rate: rate,
            perSeconds: seconds,
            burst: handle.uint32(NFTNL_EXPR_LIMIT_BURST) ?? 0,
            inverted: (handle.uint32(NFTNL_EXPR_LIMIT_FLAGS) ?? 0) & UInt32(NFT_LIMIT_F_INV.rawValue) != 0
        )
    }
}
