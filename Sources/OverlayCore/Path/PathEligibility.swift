import Addressing

/// Which ways may be used between us and a peer, by what both want and have.
struct PathEligibility: Sendable, Hashable {
    /// No tunnel is needed.
    var isDirect = false
    /// The transports, the preferred one first.
    var transports: [PeerRoute.Transport] = []
    /// The stricter policy of both.
    var policy: EncryptionPolicy
    /// A third peer may help where no transport gets through.
    var allowsRelay = true
    /// Why it is so; for people.
    var reason: String

    init(_ configuration: PathConfiguration, peer: PeerRecord) {
        policy = max(configuration.encryption, peer.encryption)
        let hasKeys = configuration.hasWireGuard && peer.wireGuardKey.count == 32 && peer.wireGuardPort != 0
        if policy == .require, !hasKeys {
            let who = configuration.hasWireGuard ? "the peer has no WireGuard key" : "we have no WireGuard device"
            let wants = peer.encryption == .require ? "the peer requires encryption" : "we require encryption"
            reason = "\(wants), but \(who)"
            allowsRelay = false
            return
        }
        guard let own = configuration.tunnelEndpoint, let theirs = peer.tunnelEndpoint else {
            reason =
                configuration.tunnelEndpoint == nil
                ? "we have no underlay address yet" : "the peer has not said its underlay address"
            return
        }
        guard own.family == theirs.family else {
            reason = "our tunnels begin at an \(own.family) address, the peer's at an \(theirs.family) one"
            return
        }
        if configuration.isDirectAllowed, policy == .off, let length = configuration.underlayPrefixLength,
            IPPrefix(own, length: length)?.contains(theirs) == true
        {
            isDirect = true
            reason = "in our underlay subnet"
            return
        }
        switch policy {
        case .off:
            transports = hasKeys ? [.vxlan, .wireGuard] : [.vxlan]
            reason = hasKeys ? "encryption off" : "encryption off, and no encrypted path to fall back to"
        case .prefer:
            transports = hasKeys ? [.wireGuard, .vxlan] : [.vxlan]
            reason = hasKeys ? "encryption preferred" : "encryption preferred, but a side has no WireGuard key"
        case .require:
            transports = [.wireGuard]
            reason = "encryption required"
        }
    }
}
