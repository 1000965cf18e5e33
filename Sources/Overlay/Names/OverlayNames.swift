import ClusterDNS
import OverlayCore

/// The names of all peers' containers, and what of them is served.
struct OverlayNames: Sendable {
    /// What is asked; nil where this host serves no names.
    let zone: HostNames?
    /// What every peer says, members or not.
    var told: [PeerID: ContainerNames] = [:]
    /// What the zone has.
    private var served: [PeerID: ContainerNames] = [:]

    init(zone: HostNames?) {
        self.zone = zone
    }

    /// Serves the names of these peers, and of no others.
    mutating func serve(_ isMember: (PeerID) -> Bool) {
        guard let zone else { return }
        let wanted = told.filter { isMember($0.key) }
        for peer in served.keys where wanted[peer] == nil { zone.set([:], of: peer.description) }
        for (peer, names) in wanted where served[peer] != names { zone.set(names.addresses, of: peer.description) }
        served = wanted
    }
}
