internal import CNetfilter

extension Expression {
    /// Translates the source to the address of the interface that the packet leaves by (`masq`).
    public struct Masquerade: Sendable, Hashable {
        /// Register of the first new source port, network order; nil lets the kernel choose.
        public var port: Register?
        /// Register of the last new source port, for a range of ports.
        public var lastPort: Register?
        /// How the new source port is chosen.
        public var flags: NAT.Flags

        /// Translates.
        public init(port: Register? = nil, lastPort: Register? = nil, flags: NAT.Flags = []) {
            self.port = port
            self.lastPort = lastPort
            self.flags = flags
        }
    }
}

extension Expression.Masquerade: ExpressionCodec {
    static let kernelName = "masq"
    /// `NF_NAT_RANGE_PROTO_SPECIFIED`, which goes with the registers.
    private static let hasPorts: UInt32 = 0x2

    func encode(into handle: ExpressionHandle) {
        if let port { handle.set(NFTNL_EXPR_MASQ_REG_PROTO_MIN, port) }
        if let lastPort { handle.set(NFTNL_EXPR_MASQ_REG_PROTO_MAX, lastPort) }
        let bits = flags.rawValue | (port == nil ? 0 : Self.hasPorts)
        if bits != 0 { handle.set(NFTNL_EXPR_MASQ_FLAGS, bits) }
    }

    init?(_ handle: ExpressionHandle) {
        let port = handle.register(NFTNL_EXPR_MASQ_REG_PROTO_MIN)
        let lastPort = handle.register(NFTNL_EXPR_MASQ_REG_PROTO_MAX)
        // The kernel answers with the last of the range even where it is the first.
        self.init(
            port: port,
            lastPort: lastPort == port ? nil : lastPort,
            flags: Expression.NAT.Flags(rawValue: handle.uint32(NFTNL_EXPR_MASQ_FLAGS) ?? 0).subtracting(.implied)
        )
    }
}
