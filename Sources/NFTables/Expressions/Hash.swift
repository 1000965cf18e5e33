extension Expression {
    /// A hash into a register, 32 bits in host order, from `offset` to `offset + modulus - 1` (`hash`).
    public struct Hash: Sendable, Hashable {
        /// What is hashed.
        public enum Kind: Sendable, Hashable {
            /// Registers, with Jenkins' hash (`jhash`). Without a seed the kernel takes a random one.
            case jenkins(source: Register, byteCount: UInt32, seed: UInt32?)
            /// The connection's addresses and ports, the same in both directions (`symhash`).
            case symmetric
        }

        /// What is hashed.
        public var kind: Kind
        /// How many different numbers; at least 1.
        public var modulus: UInt32
        /// The lowest number.
        public var offset: UInt32
        /// Register that is filled.
        public var destination: Register

        /// Hashes.
        public init(_ kind: Kind, modulus: UInt32, offset: UInt32 = 0, into destination: Register) {
            self.kind = kind
            self.modulus = modulus
            self.offset = offset
            self.destination = destination
        }
    }
}
