internal import CNetfilter

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

extension Expression.Lookup: ExpressionCodec {
    static let kernelName = "lookup"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_LOOKUP_SET, set)
        handle.set(NFTNL_EXPR_LOOKUP_SREG, source)
        if let destination { handle.set(NFTNL_EXPR_LOOKUP_DREG, destination) }
        if inverted { handle.set(NFTNL_EXPR_LOOKUP_FLAGS, UInt32(NFT_LOOKUP_F_INV.rawValue)) }
    }

    init?(_ handle: ExpressionHandle) {
        guard let set = handle.string(NFTNL_EXPR_LOOKUP_SET), let source = handle.register(NFTNL_EXPR_LOOKUP_SREG)
        else { return nil }
        self.init(
            source,
            in: set,
            into: handle.register(NFTNL_EXPR_LOOKUP_DREG),
            inverted: (handle.uint32(NFTNL_EXPR_LOOKUP_FLAGS) ?? 0) & NFT_LOOKUP_F_INV.rawValue != 0
        )
    }
}
