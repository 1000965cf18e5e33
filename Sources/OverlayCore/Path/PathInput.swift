public import Addressing

/// What happens to a ``PathTable``.
public enum PathInput: Sendable, Hashable {
    /// Time has passed: due at ``PathTable/nextDeadline``.
    case tick
    /// Packets for these peers went this way when an earlier daemon ended, as the kernel says. Told before the peers:
    /// their ways begin so, and not with the preferred one. What is told of a peer that is not heard of soon is forgotten.
    case inherit([PeerID: PeerRoute])
    /// Probes cannot be sent over this transport, so that nothing can be found out of it: it is taken to work.
    case unprobed(PeerRoute.Transport)
    /// The members are these, without us; removed ones are left out or marked.
    case peers([PeerID: PeerRecord])
    /// One member is new or different.
    case peer(PeerRecord)
    /// What we are or want changed.
    case configuration(PathConfiguration)
    /// The mesh hears from these members at present. Peers that are heard but whose probes are all lost for
    /// ``PathTiming/refusalDelay`` get ``PeerRoute/unreachable``; for the others packets go on in hope, since their
    /// kernels may forward while their daemon is gone.
    case present(Set<PeerID>)
    /// A frame arrived.
    case received(ProbeFrame, from: ProbeSource)
    /// The device did not take a probe of this size (`EMSGSIZE`), in pod packets' bytes.
    case tooLarge(PeerID, PeerRoute.Transport, byteCount: UInt32)
    /// So long ago the kernel last sent something to these peers over VXLAN, our frames included: peers to which more
    /// was sent than these are asked more often than others.
    case used([PeerID: Duration])
    /// Something about the path to this peer changed, or is suspected; nil is all peers.
    case recheck(PeerID?)
}

/// Where a frame came from, as the kernel says.
public enum ProbeSource: Sendable, Hashable {
    /// Out of the VXLAN device, from this link-layer address: 48 bits, the first byte highest.
    case vxlan(linkAddress: UInt64)
    /// Out of the WireGuard device, which vouches for the address.
    case wireGuard(IPAddress)

    /// The transport it came over.
    public var transport: PeerRoute.Transport {
        switch self {
        case .vxlan: .vxlan
        case .wireGuard: .wireGuard
        }
    }
}

/// What a ``PathTable`` wants done.
public enum PathOutput: Sendable, Hashable {
    /// Send a frame to this peer over this transport.
    ///
    /// `byteCount` is the size of the pod packet that it stands for; nil is as small as it can be. Over VXLAN the frame
    /// has just this size; over WireGuard it is shorter by the IPv6 and UDP headers, 48 bytes.
    case send(ProbeFrame, to: PeerID, over: PeerRoute.Transport, byteCount: UInt32?)
    /// Packets for this peer go this way from now on.
    case route(PeerID, PeerRoute)
}
