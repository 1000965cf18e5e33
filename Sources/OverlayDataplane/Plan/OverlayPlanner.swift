import Addressing
import Netlink
import OverlayCore

/// Works out which objects of the kernel an ``OverlayState`` asks for.
struct OverlayPlanner {
    let state: OverlayState
    var node: OverlayNode { state.node }

    init(_ state: OverlayState) { self.state = state }

    /// The objects that one peer, or this host, asks for.
    struct Plan {
        var objects: [KernelKey: KernelObject] = [:]
        var problems: [OverlayProblem] = []
    }

    // MARK: Facts

    /// Bytes that VXLAN adds to a packet: the inner Ethernet header, VXLAN, UDP and the outer IP header.
    static func tunnelOverhead(_ underlay: IPFamily) -> UInt32 { underlay == .ipv4 ? 50 : 70 }

    /// The MTU of the pod network's VXLAN device: what fits into the underlay, and no less than IPv6 needs.
    var tunnelMTU: UInt32 {
        let overhead = Self.tunnelOverhead(node.tunnelEndpoint?.family ?? .ipv4)
        return max(node.underlayMTU > overhead ? node.underlayMTU - overhead : 0, 1280)
    }

    /// The first address of a prefix of this host, as the source of what the host itself sends to pods. Only where the
    /// device that has it can be.
    func source(_ family: IPFamily) -> IPAddress? {
        guard node.tunnelEndpoint != nil else { return nil }
        return node.prefixes.filter { $0.family == family }.map(\.address).min()
    }

    /// Where a peer's tunnels end, in our underlay's family; nil where we cannot reach it.
    func endpoint(of record: PeerRecord) -> IPAddress? {
        guard let own = node.tunnelEndpoint else { return nil }
        return record.endpoints.first { address in
            address.family == own.family && address != own && !address.isUnspecified && !address.isMulticast
                && !address.isLoopback
        }
    }

    /// The prefixes of a peer that we route to it, and why we do not the others.
    func prefixes(of record: PeerRecord) -> (accepted: [IPPrefix], problems: [OverlayProblem]) {
        var accepted: [IPPrefix] = []
        var problems: [OverlayProblem] = []
        for prefix in record.prefixes {
            if let reason = objection(to: prefix) {
                problems.append(OverlayProblem(object: "prefix \(prefix) of peer \(record.name)", reason: reason))
            } else {
                accepted.append(prefix)
            }
        }
        return (accepted, problems)
    }

    /// Why a peer's prefix is not routed to it.
    private func objection(to prefix: IPPrefix) -> String? {
        if prefix.length == 0 { return "everything is no peer's" }
        if let own = node.prefixes.first(where: { $0.contains(prefix) || prefix.contains($0) }) {
            return "overlaps our own prefix \(own): one of the two hosts has addresses that belong to the other"
        }
        let ranges = node.clusterRanges
        guard ranges.isEmpty || ranges.contains(where: { $0.contains(prefix) }) else {
            return "outside of the cluster's ranges \(ranges.map(\.description).joined(separator: ", "))"
        }
        return nil
    }

    /// The address that a peer's VXLAN device is reached by as a next hop.
    ///
    /// For IPv4 the first address of its first prefix. For IPv6 the link-local address that follows from its link-layer
    /// address: the kernel refuses a next hop that the route which is to be replaced leads to by another device, and an
    /// address inside the routed prefix would be such a one.
    func nextHop(of record: PeerRecord, _ family: IPFamily) -> IPAddress? {
        switch family {
        case .ipv4:
            return prefixes(of: record).accepted.filter { $0.family == .ipv4 }.map(\.address).min()
        case .ipv6:
            let bytes = record.id.tunnelLinkAddress
            guard bytes.count == 6 else { return nil }
            // RFC 4291, appendix A: the universal bit flipped, ff:fe in the middle.
            let head = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, bytes[0] ^ 2, bytes[1], bytes[2]]
            return IPAddress(networkBytes: head + [0xff, 0xfe] + bytes[3...])
        }
    }

    /// Whether nothing may go to a peer in plain text: the stricter of both wishes.
    func requiresEncryption(to record: PeerRecord) -> Bool {
        max(node.encryption, record.encryption) == .require
    }

    /// The links that objects are on or lead to.
    func links(of objects: [KernelKey: KernelObject]) -> Set<String> {
        var links: Set<String> = [node.vxlanDevice]
        if let device = node.wireGuardDevice { links.insert(device) }
        for (key, object) in objects {
            if let link = key.link { links.insert(link) }
            if case .route(let route) = object, let link = route.link { links.insert(link) }
        }
        return links
    }
}

extension OverlayNode {
    /// The largest packet, in bytes, of a pod in a bridged network: with encryption required its VXLAN runs inside
    /// WireGuard, over IPv6.
    public var networkMTU: UInt32 {
        guard encryption == .require else { return podMTU }
        let overhead = OverlayPlanner.tunnelOverhead(.ipv6)
        return podMTU > overhead ? podMTU - overhead : podMTU
    }
}

extension IPPrefix {
    /// Whether all addresses of another prefix lie in this one.
    func contains(_ other: IPPrefix) -> Bool { length <= other.length && contains(other.address) }
}
