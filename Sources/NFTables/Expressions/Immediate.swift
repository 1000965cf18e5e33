internal import CNetfilter

extension Expression {
    /// A constant into registers, or a verdict that ends the rule (`immediate`).
    public enum Immediate: Sendable, Hashable {
        /// A constant into registers.
        case data(RegisterValue, into: Register)
        /// A verdict.
        case verdict(Verdict)
    }
}

extension Expression.Immediate: ExpressionCodec {
    static let kernelName = "immediate"

    func encode(into handle: ExpressionHandle) {
        switch self {
        case .data(let value, let register):
            handle.set(NFTNL_EXPR_IMM_DREG, register)
            handle.set(NFTNL_EXPR_IMM_DATA, value)
        case .verdict(let verdict):
            handle.set(NFTNL_EXPR_IMM_DREG, Register.verdict)
            handle.set(NFTNL_EXPR_IMM_VERDICT, UInt32(bitPattern: verdict.code))
            if let chain = verdict.chain { handle.set(NFTNL_EXPR_IMM_CHAIN, chain) }
        }
    }

    init?(_ handle: ExpressionHandle) {
        if let code = handle.uint32(NFTNL_EXPR_IMM_VERDICT) {
            let chain = handle.string(NFTNL_EXPR_IMM_CHAIN)
            guard let verdict = Verdict(code: Int32(bitPattern: code), chain: chain) else { return nil }
            self = .verdict(verdict)
        } else if let value = handle.value(NFTNL_EXPR_IMM_DATA), let register = handle.register(NFTNL_EXPR_IMM_DREG) {
            self = .data(value, into: register)
        } else {
            return nil
        }
    }
}
