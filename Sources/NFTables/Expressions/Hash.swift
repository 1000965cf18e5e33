internal import CNetfilter

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

extension Expression.Hash: ExpressionCodec {
    static let kernelName = "hash"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_HASH_DREG, destination)
        handle.set(NFTNL_EXPR_HASH_MODULUS, modulus)
        if offset != 0 { handle.set(NFTNL_EXPR_HASH_OFFSET, offset) }
        switch kind {
        case .jenkins(let source, let byteCount, let seed):
            handle.set(NFTNL_EXPR_HASH_TYPE, UInt32(NFT_HASH_JENKINS.rawValue))
            handle.set(NFTNL_EXPR_HASH_SREG, source)
            handle.set(NFTNL_EXPR_HASH_LEN, byteCount)
            if let seed { handle.set(NFTNL_EXPR_HASH_SEED, seed) }
        case .symmetric:
            handle.set(NFTNL_EXPR_HASH_TYPE, UInt32(NFT_HASH_SYM.rawValue))
        }
    }

    init?(_ handle: ExpressionHandle) {
        guard let modulus = handle.uint32(NFTNL_EXPR_HASH_MODULUS),
            let destination = handle.register(NFTNL_EXPR_HASH_DREG)
        else { return nil }
        let kind: Kind
        switch handle.uint32(NFTNL_EXPR_HASH_TYPE) {
        case UInt32(NFT_HASH_SYM.rawValue):
            kind = .symmetric
        default:
            guard let source = handle.register(NFTNL_EXPR_HASH_SREG),
                let byteCount = handle.uint32(NFTNL_EXPR_HASH_LEN)
            else { return nil }
            kind = .jenkins(source: source, byteCount: byteCount, seed: handle.uint32(NFTNL_EXPR_HASH_SEED))
        }
        self.init(kind, modulus: modulus, offset: handle.uint32(NFTNL_EXPR_HASH_OFFSET) ?? 0, into: destination)
    }
}
