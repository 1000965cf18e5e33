internal import CNetfilter

extension Expression {
    /// Translates the source to the address of the interface that the packet leaves by (`masq`).
    public struct Masquerade: Sendable, Hashable {
        /// How the new source port is chosen.
        public var flags: NAT.Flags

        /// Translates.
        public init(flags: NAT.Flags = []) {
            self.flags = flags
        }
    }
}

extension Expression.Masquerade: ExpressionCodec {
    static let kernelName = "masq"

    func encode(into handle: ExpressionHandle) {
        if !flags.isEmpty { handle.set(NFTNL_EXPR_MASQ_FLAGS, flags.rawValue) }
    }

    init?(_ handle: ExpressionHandle) {
        // With a range of ports it is an instruction that this library has no value for.
        guard !handle.has(NFTNL_EXPR_MASQ_REG_PROTO_MIN) else { return nil }
        self.init(flags: Expression.NAT.Flags(rawValue: handle.uint32(NFTNL_EXPR_MASQ_FLAGS) ?? 0))
    }
}
