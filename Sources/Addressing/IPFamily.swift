/// The two address families; each has its own nftables table, and a Service may have addresses of both.
public enum IPFamily: Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case ipv4, ipv6

    /// Size of an address in bytes: 4 or 16.
    public var byteCount: Int { self == .ipv4 ? 4 : 16 }

    /// Size of an address in bits: 32 or 128.
    public var bitCount: Int { byteCount * 8 }

    /// `IPv4` or `IPv6`, as Kubernetes writes it (`ipFamilies`, `addressType`, metric labels).
    public var description: String { self == .ipv4 ? "IPv4" : "IPv6" }
}
