internal import CNetfilter

extension Expression {
    /// Computes `(source & mask) ^ flip` (`bitwise`): with these two, bits are kept, cleared, set and flipped.
    public struct Bitwise: Sendable, Hashable {
        /// First of the registers that are read.
        public var source: Register
        /// First of the registers that are filled.
        public var destination: Register
        /// Bits that are kept; its size says how many bytes are computed.
        public var mask: RegisterValue
        /// Bits that are then flipped; of the mask's size.
        public var flip: RegisterValue

        /// Computes `(source & mask) ^ flip`.
        public init(_ source: Register, into destination: Register, mask: RegisterValue, flip: RegisterValue) {
            self.source = source
            self.destination = destination
            self.mask = mask
            self.flip = flip
        }
    }
}

extension Expression.Bitwise: ExpressionCodec {
    static let kernelName = "bitwise"

    /// `NFT_BITWISE_BOOL`, which newer kernel headers call `NFT_BITWISE_MASK_XOR`.
    private static let maskAndFlip: UInt32 = 0

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_BITWISE_SREG, source)
        handle.set(NFTNL_EXPR_BITWISE_DREG, destination)
        handle.set(NFTNL_EXPR_BITWISE_LEN, UInt32(mask.byteCount))
        handle.set(NFTNL_EXPR_BITWISE_OP, Self.maskAndFlip)
        handle.set(NFTNL_EXPR_BITWISE_MASK, mask)
        handle.set(NFTNL_EXPR_BITWISE_XOR, flip)
    }

    init?(_ handle: ExpressionHandle) {
        // Shifts have no mask; this library has no value for them.
        guard let source = handle.register(NFTNL_EXPR_BITWISE_SREG),
            let destination = handle.register(NFTNL_EXPR_BITWISE_DREG),
            (handle.uint32(NFTNL_EXPR_BITWISE_OP) ?? Self.maskAndFlip) == Self.maskAndFlip,
            let mask = handle.value(NFTNL_EXPR_BITWISE_MASK),
            let flip = handle.value(NFTNL_EXPR_BITWISE_XOR)
        else { return nil }
        self.init(source, into: destination, mask: mask, flip: flip)
    }
}
