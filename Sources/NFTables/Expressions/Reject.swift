internal import CNetfilter

extension Expression {
    /// Drops the packet and tells its sender (`reject`).
    public enum Reject: Sendable, Hashable {
        /// With an ICMP, or in an `ip6` table ICMPv6, destination unreachable of that code.
        case unreachable(code: UInt8)
        /// With a TCP reset.
        case tcpReset
        /// With an unreachable message of either family, for tables of both (`icmpx`).
        case unreachableOfEitherFamily(code: UInt8)
    }
}

extension Expression.Reject: ExpressionCodec {
    static let kernelName = "reject"

    func encode(into handle: ExpressionHandle) {
        switch self {
        case .unreachable(let code):
            handle.set(NFTNL_EXPR_REJECT_TYPE, UInt32(NFT_REJECT_ICMP_UNREACH.rawValue))
            handle.set(NFTNL_EXPR_REJECT_CODE, code)
        case .tcpReset:
            handle.set(NFTNL_EXPR_REJECT_TYPE, UInt32(NFT_REJECT_TCP_RST.rawValue))
            handle.set(NFTNL_EXPR_REJECT_CODE, UInt8(0))
        case .unreachableOfEitherFamily(let code):
            handle.set(NFTNL_EXPR_REJECT_TYPE, UInt32(NFT_REJECT_ICMPX_UNREACH.rawValue))
            handle.set(NFTNL_EXPR_REJECT_CODE, code)
        }
    }

    init?(_ handle: ExpressionHandle) {
        let code = handle.uint8(NFTNL_EXPR_REJECT_CODE) ?? 0
        switch handle.uint32(NFTNL_EXPR_REJECT_TYPE) {
        case UInt32(NFT_REJECT_ICMP_UNREACH.rawValue): self = .unreachable(code: code)
        case UInt32(NFT_REJECT_TCP_RST.rawValue): self = .tcpReset
        case UInt32(NFT_REJECT_ICMPX_UNREACH.rawValue): self = .unreachableOfEitherFamily(code: code)
        default: return nil
        }
    }
}
