internal import CNetfilter

extension Expression {
    /// A number from `offset` to `offset + modulus - 1` into a register, 32 bits in host order (`numgen`).
    public struct NumberGenerator: Sendable, Hashable {
        /// Where numbers come from (`NFT_NG_*`).
        public enum Kind: UInt32, Sendable, Hashable {
            /// One after the other.
            case incremental = 0
            /// At random.
            case random = 1
        }

        /// Where numbers come from.
        public var kind: Kind
        /// How many different numbers; at least 1.
        public var modulus: UInt32
        /// The lowest number.
        public var offset: UInt32
        /// Register that is filled.
        public var destination: Register

        /// Generates.
        public init(_ kind: Kind, modulus: UInt32, offset: UInt32 = 0, into destination: Register) {
            self.kind = kind
            self.modulus = modulus
            self.offset = offset
            self.destination = destination
        }
    }
}

extension Expression.NumberGenerator: ExpressionCodec {
    static let kernelName = "numgen"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_NG_DREG, destination)
        handle.set(NFTNL_EXPR_NG_MODULUS, modulus)
        handle.set(NFTNL_EXPR_NG_TYPE, kind.rawValue)
        if offset != 0 { handle.set(NFTNL_EXPR_NG_OFFSET, offset) }
    }

    init?(_ handle: ExpressionHandle) {
        guard let kind = handle.uint32(NFTNL_EXPR_NG_TYPE).flatMap(Kind.init(rawValue:)),
            let modulus = handle.uint32(NFTNL_EXPR_NG_MODULUS),
            let destination = handle.register(NFTNL_EXPR_NG_DREG)
        else { return nil }
        self.init(kind, modulus: modulus, offset: handle.uint32(NFTNL_EXPR_NG_OFFSET) ?? 0, into: destination)
    }
}
