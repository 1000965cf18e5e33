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
