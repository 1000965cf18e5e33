public import Addressing
internal import CNetfilter

extension Expression {
    /// Translates the connection's source or destination (`nat`).
    public struct NAT: Sendable, Hashable {
        /// What is translated (`NFT_NAT_*`).
        public enum Kind: UInt32, Sendable, Hashable {
            case source = 0
            case destination = 1
        }

        /// Flags (`NF_NAT_RANGE_*`) besides those that the registers imply.
        public struct Flags: OptionSet, Sendable, Hashable {
            /// The kernel's bits.
            public let rawValue: UInt32

            /// The flags with those bits.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// The new port depends on a random number (`random`).
            public static let random = Flags(rawValue: 0x4)
            /// One client always gets the same address of a range (`persistent`).
            public static let persistent = Flags(rawValue: 0x8)
            /// The new port is random (`fully-random`).
            public static let fullyRandom = Flags(rawValue: 0x10)

            /// What follows from the registers: addresses given, ports given.
            static let implied = Flags(rawValue: 0x3)
        }

        /// What is translated.
        public var kind: Kind
        /// Family of the new address.
        public var family: IPFamily
        /// First register of the new address.
        public var address: Register?
        /// First register of the last address, for a range of addresses.
        public var lastAddress: Register?
        /// Register of the new port, network order.
        public var port: Register?
        /// Register of the last port, for a range of ports.
        public var lastPort: Register?
        /// Flags.
        public var flags: Flags

        /// Translates.
        public init(
            _ kind: Kind,
            _ family: IPFamily,
            address: Register?,
            lastAddress: Register? = nil,
            port: Register? = nil,
            lastPort: Register? = nil,
            flags: Flags = []
        ) {
            self.kind = kind
            self.family = family
            self.address = address
            self.lastAddress = lastAddress
            self.port = port
            self.lastPort = lastPort
            self.flags = flags
        }
    }
}

extension Expression.NAT: ExpressionCodec {
    static let kernelName = "nat"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_NAT_TYPE, kind.rawValue)
        handle.set(NFTNL_EXPR_NAT_FAMILY, UInt32(TableFamily(family).rawValue))
        if let address { handle.set(NFTNL_EXPR_NAT_REG_ADDR_MIN, address) }
        if let lastAddress { handle.set(NFTNL_EXPR_NAT_REG_ADDR_MAX, lastAddress) }
        if let port { handle.set(NFTNL_EXPR_NAT_REG_PROTO_MIN, port) }
        if let lastPort { handle.set(NFTNL_EXPR_NAT_REG_PROTO_MAX, lastPort) }
        if !flags.isEmpty { handle.set(NFTNL_EXPR_NAT_FLAGS, flags.rawValue) }
    }

    init?(_ handle: ExpressionHandle) {
        guard let kind = handle.uint32(NFTNL_EXPR_NAT_TYPE).flatMap(Kind.init(rawValue:)),
            let family = handle.uint32(NFTNL_EXPR_NAT_FAMILY).flatMap(IPFamily.init(kernelNumber:))
        else { return nil }
        let address = handle.register(NFTNL_EXPR_NAT_REG_ADDR_MIN)
        let lastAddress = handle.register(NFTNL_EXPR_NAT_REG_ADDR_MAX)
        let port = handle.register(NFTNL_EXPR_NAT_REG_PROTO_MIN)
        let lastPort = handle.register(NFTNL_EXPR_NAT_REG_PROTO_MAX)
        // The kernel answers with the last of the range even where it is the first, and with the flags that it derived.
        self.init(
            kind,
            family,
            address: address,
            lastAddress: lastAddress == address ? nil : lastAddress,
            port: port,
            lastPort: lastPort == port ? nil : lastPort,
            flags: Flags(rawValue: handle.uint32(NFTNL_EXPR_NAT_FLAGS) ?? 0).subtracting(.implied)
        )
    }
}
