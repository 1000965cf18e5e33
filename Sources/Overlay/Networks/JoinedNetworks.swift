import Addressing
import Attachment
import OverlayCore
import OverlayDataplane

/// The bridged networks of the cluster, and what this host has of them.
struct JoinedNetworks: Sendable, Equatable {
    /// All networks that are known, by name.
    var known: [String: NetworkRecord] = [:]
    /// The names of those that somebody on this host has joined.
    var joined: Set<String> = []
    /// Of each, the prefixes whose addresses this host gives.
    var prefixes: [String: [IPPrefix]] = [:]

    /// The VNIs of those that this host has joined, in order.
    var vnis: [UInt32] { active.map(\.record.vni).sorted() }

    /// Those that this host has joined and that can be made here: of two with one VNI the first by name.
    private var active: [(name: String, record: NetworkRecord)] {
        var taken: Set<UInt32> = []
        return joined.sorted().compactMap { name in
            guard let record = known[name], taken.insert(record.vni).inserted else { return nil }
            return (name, record)
        }
    }

    /// What the attacher is to know of them.
    func attachable(mtu: UInt32) -> [AttachableNetwork] {
        active.map { name, record in
            AttachableNetwork(
                name: name,
                ranges: record.prefixes,
                prefixes: prefixes[name] ?? [],
                mtu: mtu,
                bridge: OverlayState.Network.bridgeName(vni: record.vni)
            )
        }
    }

    /// What the kernel is to know of them.
    func state(attachments: [PodAttachment], members: [PeerID: PeerRecord]) -> [OverlayState.Network] {
        active.map { name, record in
            OverlayState.Network(
                name: name,
                vni: record.vni,
                prefixes: record.prefixes,
                ports: attachments.filter { $0.network == name }.map(\.hostInterface),
                members: members.values.filter { $0.networks.contains(record.vni) }.map(\.id).sorted()
            )
        }
    }
}
