public import Addressing

extension PeerID {
    /// The range of every peer's ``wireGuardAddress``: `fd74:7261:6d61::/64`, the same in every cluster, since these
    /// addresses are only seen inside the tunnels. A unique local prefix (RFC 4193) whose 40 bits spell `trama`.
    public static var wireGuardPrefix: IPPrefix {
        let first = IPAddress.v6(high: wireGuardNetwork, low: 0)
        // 64 always fits IPv6.
        return IPPrefix(first, length: 64) ?? IPPrefix(first)
    }

    /// The address of this peer's WireGuard device, to be used as a /128 in ``wireGuardPrefix``. It follows from the
    /// identity, so that every peer knows it without being told; it belongs to the allowed addresses of the peer's key.
    public var wireGuardAddress: IPAddress {
        // SplitMix64's finalizer (Steele, Lea, Flood 2014), seeded otherwise than the link-layer address.
        var hash = (high << 32 | high >> 32) ^ low &* 0xd6e8_feb8_6659_fd93
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        // Zero is the subnet-router anycast address (RFC 4291, section 2.6.1).
        return .v6(high: Self.wireGuardNetwork, low: max(1, hash))
    }

    private static var wireGuardNetwork: UInt64 { 0xfd74_7261_6d61_0000 }
}
