internal import CNetfilter

extension Expression {
    /// Asks the routing table about the packet (`fib`).
    public struct FIB: Sendable, Hashable {
        /// What is asked (`NFT_FIB_RESULT_*`).
        public enum Result: UInt32, Sendable, Hashable {
            /// Index of the interface, 32 bits, host order.
            case outgoingInterface = 1
            /// Name of the interface, 16 bytes.
            case outgoingInterfaceName = 2
            /// ``AddressType``, 32 bits, host order.
            case addressType = 3
        }

        /// What it is asked with (`NFTA_FIB_F_*`).
        public struct Flags: OptionSet, Sendable, Hashable {
            /// The kernel's bits.
            public let rawValue: UInt32

            /// The flags with those bits.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// The packet's source.
            public static let sourceAddress = Flags(rawValue: 1)
            /// The packet's destination.
            public static let destinationAddress = Flags(rawValue: 2)
            /// And its mark.
            public static let mark = Flags(rawValue: 4)
            /// And the interface that it came by.
            public static let incomingInterface = Flags(rawValue: 8)
            /// And the interface that it leaves by.
            public static let outgoingInterface = Flags(rawValue: 16)
            /// Only whether there is an answer, as 0 or 1.
            public static let present = Flags(rawValue: 32)
        }

        /// Kinds of addresses, as ``Result/addressType`` gives them (`RTN_*`).
        public enum AddressType: UInt32, Sendable, Hashable {
            /// Of another host.
            case unicast = 1
            /// Of this host.
            case local = 2
            /// Of all hosts of a link.
            case broadcast = 3
            /// Of a group.
            case multicast = 5
        }

        /// What is asked.
        public var result: Result
        /// What it is asked with.
        public var flags: Flags
        /// First register that is filled.
        public var destination: Register

        /// Asks.
        public init(_ result: Result, of flags: Flags, into destination: Register) {
            self.result = result
            self.flags = flags
            self.destination = destination
        }
    }
}

extension Expression.FIB: ExpressionCodec {
    static let kernelName = "fib"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_FIB_DREG, destination)
        handle.set(NFTNL_EXPR_FIB_RESULT, result.rawValue)
        handle.set(NFTNL_EXPR_FIB_FLAGS, flags.rawValue)
    }

    init?(_ handle: ExpressionHandle) {
        guard let result = handle.uint32(NFTNL_EXPR_FIB_RESULT).flatMap(Result.init(rawValue:)),
            let destination = handle.register(NFTNL_EXPR_FIB_DREG)
        else { return nil }
        self.init(result, of: Flags(rawValue: handle.uint32(NFTNL_EXPR_FIB_FLAGS) ?? 0), into: destination)
    }
}
