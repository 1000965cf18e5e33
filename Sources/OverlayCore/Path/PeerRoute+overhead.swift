public import Addressing

extension PeerRoute.Transport {
    /// How many bytes of an underlay packet are not the pod's packet.
    ///
    /// VXLAN (RFC 7348): outer IP 20 or 40, UDP 8, VXLAN 8, inner Ethernet 14. WireGuard's data messages: outer IP, UDP
    /// 8, header 16, authentication tag 16.
    public func overhead(underlay family: IPFamily) -> UInt32 {
        let outer: UInt32 = family == .ipv4 ? 20 : 40
        return switch self {
        case .vxlan: outer + 30
        case .wireGuard: outer + 40
        }
    }

    /// The largest pod packet, in bytes, that fits an underlay packet of `underlayMTU`; 0 where none does.
    public func podMTU(underlay family: IPFamily, underlayMTU: UInt32) -> UInt32 {
        let bounded = min(underlayMTU, 65_535)
        let overhead = overhead(underlay: family)
        return bounded > overhead ? bounded - overhead : 0
    }
}

extension PeerRoute.Transport: CustomStringConvertible {
    /// The word of `status`: `vxlan`, `wireguard`.
    public var description: String {
        switch self {
        case .vxlan: "vxlan"
        case .wireGuard: "wireguard"
        }
    }
}
