internal import CNetfilter

extension Expression {
    /// Loads a fact about the packet's connection, or sets the connection's mark (`ct`).
    public enum Conntrack: Sendable, Hashable {
        /// The fact into a register; a direction for those that have two, nil for the packet's own or none.
        case load(Key, Direction?, into: Register)
        /// A register into the fact.
        case set(Key, Direction?, from: Register)

        /// Whose view of the connection (`IP_CT_DIR_*`).
        public enum Direction: UInt8, Sendable, Hashable {
            /// Of the side that began it.
            case original = 0
            /// Of the side that answered.
            case reply = 1
        }

        /// Which fact (`NFT_CT_*`).
        public struct Key: RawRepresentable, Sendable, Hashable {
            /// The kernel's number.
            public var rawValue: UInt32

            /// The fact of that number.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// State as a bit of ``State``, 32 bits, host order.
            public static let state = Key(rawValue: 0)
            /// The packet's direction, 8 bits.
            public static let direction = Key(rawValue: 1)
            /// Bits of ``Status``, 32 bits, host order.
            public static let status = Key(rawValue: 2)
            /// The connection mark, 32 bits, host order.
            public static let mark = Key(rawValue: 3)
            /// Source port, 16 bits, network order; needs a direction.
            public static let sourcePort = Key(rawValue: 11)
            /// Destination port, 16 bits, network order; needs a direction.
            public static let destinationPort = Key(rawValue: 12)
            /// IPv4 source address; needs a direction.
            public static let sourceIPv4 = Key(rawValue: 19)
            /// IPv4 destination address; needs a direction.
            public static let destinationIPv4 = Key(rawValue: 20)
            /// IPv6 source address; needs a direction.
            public static let sourceIPv6 = Key(rawValue: 21)
            /// IPv6 destination address; needs a direction.
            public static let destinationIPv6 = Key(rawValue: 22)
        }

        /// Bits of ``Key/state`` (`NF_CT_STATE_BIT`).
        public struct State: OptionSet, Sendable, Hashable {
            /// The kernel's bits.
            public let rawValue: UInt32

            /// The states with those bits.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// Not a packet of any connection.
            public static let invalid = State(rawValue: 1)
            /// Of a connection that both sides sent to.
            public static let established = State(rawValue: 2)
            /// Of a connection that another one announced, or an ICMP error about one.
            public static let related = State(rawValue: 4)
            /// Of a connection that only one side sent to yet.
            public static let new = State(rawValue: 8)
            /// Not tracked.
            public static let untracked = State(rawValue: 64)
        }

        /// Bits of ``Key/status`` (`IPS_*`).
        public struct Status: OptionSet, Sendable, Hashable {
            /// The kernel's bits.
            public let rawValue: UInt32

            /// The statuses with those bits.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// Both sides sent.
            public static let seenReply = Status(rawValue: 2)
            /// It has left the host.
            public static let confirmed = Status(rawValue: 8)
            /// Its source is translated.
            public static let sourceNAT = Status(rawValue: 16)
            /// Its destination is translated.
            public static let destinationNAT = Status(rawValue: 32)
        }
    }
}

extension Expression.Conntrack: ExpressionCodec {
    static let kernelName = "ct"

    func encode(into handle: ExpressionHandle) {
        switch self {
        case .load(let key, let direction, let register):
            handle.set(NFTNL_EXPR_CT_KEY, key.rawValue)
            if let direction { handle.set(NFTNL_EXPR_CT_DIR, direction.rawValue) }
            handle.set(NFTNL_EXPR_CT_DREG, register)
        case .set(let key, let direction, let register):
            handle.set(NFTNL_EXPR_CT_KEY, key.rawValue)
            if let direction { handle.set(NFTNL_EXPR_CT_DIR, direction.rawValue) }
            handle.set(NFTNL_EXPR_CT_SREG, register)
        }
    }

    init?(_ handle: ExpressionHandle) {
        guard let key = handle.uint32(NFTNL_EXPR_CT_KEY).map(Key.init(rawValue:)) else { return nil }
        let direction = handle.uint8(NFTNL_EXPR_CT_DIR).flatMap(Direction.init(rawValue:))
        if let register = handle.register(NFTNL_EXPR_CT_DREG) {
            self = .load(key, direction, into: register)
        } else if let register = handle.register(NFTNL_EXPR_CT_SREG) {
            self = .set(key, direction, from: register)
        } else {
            return nil
        }
    }
}
