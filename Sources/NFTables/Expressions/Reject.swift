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
