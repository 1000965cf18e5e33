import Addressing

/// The largest packet that pods are allowed to send, and why.
///
/// The least of all paths that may be used, not of those in use: so a switch from one path to another never makes a
/// running connection's packets too large.
public struct PodMTU: Sendable, Hashable {
    /// In bytes.
    public var byteCount: UInt32
    /// The path that it is the MTU of; for people.
    public var reason: String

    /// What IPv6 demands of every link (RFC 8200, section 5), and the least that pods get: paths with less tell
    /// pods so by ICMP.
    public static let minimum: UInt32 = 1280

    /// That size, for that reason.
    public init(byteCount: UInt32, reason: String) {
        self.byteCount = byteCount
        self.reason = reason
    }

    /// The pod MTU of a host.
    ///
    /// - Parameters:
    ///   - configuration: What the host is and wants. Without a tunnel endpoint, IPv6 is assumed, which takes more.
    ///   - peers: The other members; removed ones count not.
    public init(_ configuration: PathConfiguration, peers: some Sequence<PeerRecord>) {
        let family = configuration.tunnelEndpoint?.family ?? .ipv6
        // Peers that come later may use any transport that we have.
        let transports: [PeerRoute.Transport] =
            switch configuration.encryption {
            case .off, .prefer: configuration.hasWireGuard ? [.vxlan, .wireGuard] : [.vxlan]
            case .require: [.wireGuard]
            }
        var least = (underlay: configuration.underlayMTU, name: "our underlay's")
        for peer in peers where !peer.isRemoved && peer.id != configuration.own {
            if peer.underlayMTU > 0, peer.underlayMTU < least.underlay {
                least = (peer.underlayMTU, "\(peer.name)'s underlay's")
            }
        }
        byteCount = .max
        reason = ""
        for transport in transports {
            let mtu = transport.podMTU(underlay: family, underlayMTU: least.underlay)
            guard mtu < byteCount else { continue }
            byteCount = mtu
            reason =
                "\(least.name) MTU \(least.underlay) less \(transport.overhead(underlay: family)) for "
                + "\(transport == .vxlan ? "VXLAN" : "WireGuard") over \(family)"
        }
        if byteCount < Self.minimum {
            reason += " is \(byteCount); raised to IPv6's least"
            byteCount = Self.minimum
        }
    }
}
