import Addressing
import Attachment
import Observability
import OverlayCore
import OverlayDataplane
import PathProbing

extension OverlayDaemon {
    /// How the overlay is now.
    func status() async -> OverlayStatus {
        var status = OverlayStatus()
        status.version = TramaVersion.current
        status.name = own.name
        status.id = own.id.description
        status.cluster = configuration.cluster
        status.encryption = configuration.encryption.description
        status.encryptedPath = tunnelKind
        status.encryptedPathProblem = tunnelProblem
        status.endpoint = underlay?.address
        status.podMTU = podMTU.byteCount
        status.podMTUReason = podMTU.reason
        status.peers = describePeers()
        status.ipam.ranges = configuration.ranges
        status.ipam.prefixes = view.ownPrefixes
        status.ipam.used = attachments.filter { $0.network.isEmpty }.reduce(0) { $0 + $1.addresses.count }
        status.attachments = attachments.map { attachment in
            .init(
                container: attachment.label.isEmpty ? attachment.key.container : attachment.label,
                interface: attachment.key.interface,
                hostInterface: attachment.hostInterface,
                addresses: attachment.addresses,
                network: attachment.network.isEmpty ? nil : attachment.network
            )
        }
        status.networks = networks.known.sorted { $0.key < $1.key }.map { name, record in
            let others = view.members.values.filter { $0.networks.contains(record.vni) }.map(\.name)
            let members = (networks.joined.contains(name) ? [own.name] : []) + others
            return .init(name: name, vni: record.vni, prefixes: record.prefixes, members: members.sorted())
        }
        for (cause, count) in reconciler.counters.repairs { status.repairs[cause.rawValue] = Int(clamping: count) }
        status.problems = problems + strays
        status.notices = notices
        if let drops = try? await reconciler.drops() { status.drops = drops.byReason }
        switch configuration.membership {
        case .mesh: status.membership = "mesh"
        case .kubernetes: status.membership = "kubernetes"
        }
        await provider?.describe(into: &status)
        metrics.note(status)
        return status
    }

    /// Containers in a bridged network that has other ranges than when they joined: it was made on both sides of a split,
    /// and the other one counts.
    private var strays: [String] {
        attachments.compactMap { attachment in
            guard let record = networks.known[attachment.network] else { return nil }
            let strange = attachment.addresses.filter { address in !record.prefixes.contains { $0.contains(address) } }
            guard !strange.isEmpty else { return nil }
            return "\(attachment.key) has \(strange.map(\.description).joined(separator: ", ")) in network"
                + " \(attachment.network), whose range is now"
                + " \(record.prefixes.map(\.description).joined(separator: ", ")): the network was made twice; detach it"
                + " and attach it again for an address of that range"
        }
    }

    private func describePeers() -> [OverlayStatus.Peer] {
        let paths = prober.statuses
        let ownPeer = OverlayStatus.Peer(
            id: own.id.description,
            name: own.name,
            isSelf: true,
            endpoint: underlay?.address,
            prefixes: view.ownPrefixes,
            path: "",
            transport: "",
            isEncrypted: false,
            mtu: nil,
            roundTrip: nil,
            reason: ""
        )
        let others = view.members.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) }.map { record in
            let path = paths[record.id]
            let route = path?.route ?? routes[record.id] ?? .unreachable
            return OverlayStatus.Peer(
                id: record.id.description,
                name: record.name,
                isSelf: false,
                endpoint: record.tunnelEndpoint,
                prefixes: record.prefixes,
                path: path?.state.description ?? PathState.unknown.description,
                transport: describe(route),
                isEncrypted: route.isEncrypted,
                mtu: route.mtu,
                roundTrip: path?.transports.first { $0.transport == route.transport }?.roundTrip?.microseconds,
                reason: path?.reason ?? ""
            )
        }
        return [ownPeer] + others
    }

    private func describe(_ route: PeerRoute) -> String {
        switch route {
        case .direct: "direct"
        case .vxlan: "vxlan"
        case .wireGuard: "wireguard"
        case .relay(let relay, let over, _):
            "via \(view.members[relay]?.name ?? relay.description) over \(over == .vxlan ? "vxlan" : "wireguard")"
        case .unreachable: "unreachable"
        }
    }
}

extension PeerRoute {
    fileprivate var isEncrypted: Bool {
        switch self {
        case .wireGuard, .relay(_, over: .wireGuard, _): true
        default: false
        }
    }

    fileprivate var mtu: UInt32? {
        switch self {
        case .vxlan(let mtu), .wireGuard(let mtu), .relay(_, over: _, let mtu): mtu
        case .direct, .unreachable: nil
        }
    }

}

extension Duration {
    /// Whole microseconds.
    fileprivate var microseconds: Int {
        let (seconds, attoseconds) = components
        return Int(clamping: seconds) &* 1_000_000 &+ Int(clamping: attoseconds / 1_000_000_000_000)
    }
}
