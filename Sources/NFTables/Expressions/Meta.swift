internal import CNetfilter

extension Expression {
    /// Loads a fact about the packet that is not in its bytes, or sets the mark (`meta`).
    public enum Meta: Sendable, Hashable {
        /// The fact into a register.
        case load(Key, into: Register)
        /// A register into the fact; ``Key/mark`` foremost.
        case set(Key, from: Register)

        /// Which fact (`NFT_META_*`).
        public struct Key: RawRepresentable, Sendable, Hashable {
            /// The kernel's number.
            public var rawValue: UInt32

            /// The fact of that number.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// The packet's length in bytes, 32 bits, host order.
            public static let length = Key(rawValue: 0)
            /// The Ethernet protocol number, 16 bits, network order.
            public static let `protocol` = Key(rawValue: 1)
            /// The packet mark, 32 bits, host order.
            public static let mark = Key(rawValue: 3)
            /// Index of the incoming interface, 32 bits, host order.
            public static let incomingInterface = Key(rawValue: 4)
            /// Index of the outgoing interface, 32 bits, host order.
            public static let outgoingInterface = Key(rawValue: 5)
            /// Name of the incoming interface, 16 bytes.
            public static let incomingInterfaceName = Key(rawValue: 6)
            /// Name of the outgoing interface, 16 bytes.
            public static let outgoingInterfaceName = Key(rawValue: 7)
            /// Family of the packet (`NFPROTO_*`), 8 bits.
            public static let family = Key(rawValue: 15)
            /// Transport protocol, 8 bits.
            public static let transportProtocol = Key(rawValue: 16)
            /// Group of the incoming interface (`IFLA_GROUP`), 32 bits, host order.
            public static let incomingInterfaceGroup = Key(rawValue: 21)
            /// Group of the interface that the packet leaves by.
            public static let outgoingInterfaceGroup = Key(rawValue: 22)
        }
    }
}

extension Expression.Meta: ExpressionCodec {
    static let kernelName = "meta"

    func encode(into handle: ExpressionHandle) {
        switch self {
        case .load(let key, let register):
            handle.set(NFTNL_EXPR_META_KEY, key.rawValue)
            handle.set(NFTNL_EXPR_META_DREG, register)
        case .set(let key, let register):
            handle.set(NFTNL_EXPR_META_KEY, key.rawValue)
            handle.set(NFTNL_EXPR_META_SREG, register)
        }
    }

    init?(_ handle: ExpressionHandle) {
        guard let key = handle.uint32(NFTNL_EXPR_META_KEY).map(Key.init(rawValue:)) else { return nil }
        if let register = handle.register(NFTNL_EXPR_META_DREG) {
            self = .load(key, into: register)
        } else if let register = handle.register(NFTNL_EXPR_META_SREG) {
            self = .set(key, from: register)
        } else {
            return nil
        }
    }
}
