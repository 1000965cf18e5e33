/// By which way packets for a peer's pods go at present.
public enum PeerRoute: Sendable, Hashable {
    /// No tunnel: the peer is in our underlay subnet (`--direct`).
    case direct
    /// The kernel's VXLAN device. Pod packets of at most `mtu` bytes get through.
    case vxlan(mtu: UInt32)
    /// The WireGuard device. Pod packets of at most `mtu` bytes get through.
    case wireGuard(mtu: UInt32)
    /// Through a peer that we reach by `over`, and that reaches the peer.
    case relay(PeerID, over: Transport, mtu: UInt32)
    /// None: packets are refused at once.
    case unreachable

    /// What carries packets away from this host; nil where that is no tunnel.
    public var transport: Transport? {
        switch self {
        case .vxlan: .vxlan
        case .wireGuard: .wireGuard
        case .relay(_, let over, _): over
        case .direct, .unreachable: nil
        }
    }

    /// A way that needs no third peer.
    public enum Transport: UInt8, Sendable, Hashable, CaseIterable {
        case vxlan = 0
        case wireGuard = 1
    }
}
