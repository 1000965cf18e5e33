public import Addressing
public import OverlayCore
public import OverlayDataplane

/// The peers that a WireGuard device should have for a state of the overlay.
///
/// Pure. Every peer that has a key is in it, whatever way its packets go at present, so that what it sends over
/// WireGuard is always accepted, and a change of way is a change of routes alone. Only where a peer is reached by
/// relay over WireGuard do its prefixes belong to the relay, which sends us its packets too.
public struct WireGuardPlan: Sendable, Hashable {
    /// The peers, by key. No prefix is at two of them.
    public private(set) var peers: [WireGuardKey: WireGuardPeer] = [:]
    /// Whether what a device has and the plan has not may be taken from it: not before the member list was complete.
    public private(set) var mayRemove = false
    /// What was left out, each with the reason.
    public private(set) var omissions: [Omission] = []

    /// A plan without peers.
    public init(mayRemove: Bool = false) {
        self.mayRemove = mayRemove
    }

    /// The plan for a state.
    ///
    /// - Parameters:
    ///   - state: The overlay as it should be.
    ///   - presharedKey: A key that all peers of the cluster share besides their own.
    ///   - keepalive: For hosts behind NAT; nil sends nothing when there is nothing to send.
    ///   - address: The address of a peer's own WireGuard device.
    public init(
        _ state: OverlayState,
        presharedKey: WireGuardSecret? = nil,
        keepalive: Duration? = nil,
        address: (PeerID) -> IPAddress
    ) {
        mayRemove = state.isComplete
        // In order of identity, so that of two that claim the same the same one gets it at every peer.
        let others = state.peers.filter { $0.key != state.node.id }.sorted { $0.key < $1.key }
        var keys: [PeerID: WireGuardKey] = [:]
        for (id, peer) in others where !peer.record.wireGuardKey.isEmpty {
            guard let key = WireGuardKey(bytes: peer.record.wireGuardKey) else {
                omissions.append(Omission(id, .wrongKeyLength(peer.record.wireGuardKey.count)))
                continue
            }
            guard peers[key] == nil else {
                omissions.append(Omission(id, .keyInUse(key)))
                continue
            }
            keys[id] = key
            peers[key] = WireGuardPeer(
                publicKey: key,
                presharedKey: presharedKey,
                endpoint: Self.endpoint(of: peer.record),
                keepalive: keepalive
            )
        }
        var claims = PrefixClaims(node: state.node)
        // Devices' own addresses first: they are derived from identities, and nobody else may have them.
        for (id, key) in keys { claims.add(IPPrefix(address(id)), to: key) }
        for (id, peer) in others {
            guard let key = Self.carrier(of: id, peer.route, keys) else { continue }
            for prefix in peer.record.prefixes {
                if let reason = claims.claim(prefix, for: key) { omissions.append(Omission(id, reason)) }
            }
        }
        for (prefix, key) in claims.owners { peers[key]?.allowedPrefixes.insert(prefix) }
    }

    /// The peer that a peer's prefixes belong to: itself, or the relay that its packets come through.
    private static func carrier(
        of id: PeerID,
        _ route: PeerRoute,
        _ keys: [PeerID: WireGuardKey]
    ) -> WireGuardKey? {
        if case .relay(let relay, over: .wireGuard, mtu: _) = route, let key = keys[relay] { return key }
        return keys[id]
    }

    private static func endpoint(of record: PeerRecord) -> WireGuardEndpoint? {
        guard let address = record.tunnelEndpoint, record.wireGuardPort != 0 else { return nil }
        return WireGuardEndpoint(address: address, port: record.wireGuardPort)
    }

    /// A peer, or a prefix of it, that is not in the plan.
    public struct Omission: Sendable, Hashable {
        /// Whose it is.
        public var peer: PeerID
        /// Why it is left out.
        public var reason: Reason

        init(_ peer: PeerID, _ reason: Reason) {
            self.peer = peer
            self.reason = reason
        }
    }

    /// Why something is left out.
    public enum Reason: Sendable, Hashable {
        /// Its record has a key of another number of bytes than 32.
        case wrongKeyLength(Int)
        /// A peer with a lower identity has the same key.
        case keyInUse(WireGuardKey)
        /// A peer with a lower identity has the same prefix.
        case prefixInUse(IPPrefix)
        /// The prefix lies outside the cluster's ranges.
        case outsideCluster(IPPrefix)
        /// The prefix overlaps our own.
        case overlapsOurs(IPPrefix)
    }
}

extension WireGuardPlan.Omission: CustomStringConvertible {
    /// `peer …: reason`.
    public var description: String { "peer \(peer): \(reason)" }
}

extension WireGuardPlan.Reason: CustomStringConvertible {
    /// The reason in words.
    public var description: String {
        switch self {
        case .wrongKeyLength(let count): "its WireGuard key has \(count) bytes instead of 32"
        case .keyInUse(let key): "its WireGuard key \(key) is another peer's; give it a new identity"
        case .prefixInUse(let prefix): "its prefix \(prefix) is another peer's"
        case .outsideCluster(let prefix): "its prefix \(prefix) is outside the cluster's ranges"
        case .overlapsOurs(let prefix): "its prefix \(prefix) overlaps ours"
        }
    }
}

/// Which peer each prefix belongs to: the first that claims it.
private struct PrefixClaims {
    let node: OverlayNode
    private(set) var owners: [IPPrefix: WireGuardKey] = [:]

    init(node: OverlayNode) {
        self.node = node
    }

    /// Gives a prefix to a peer unasked.
    mutating func add(_ prefix: IPPrefix, to key: WireGuardKey) {
        owners[prefix] = key
    }

    /// Gives a prefix to a peer; returns why not.
    mutating func claim(_ prefix: IPPrefix, for key: WireGuardKey) -> WireGuardPlan.Reason? {
        let ranges = node.clusterRanges.filter { $0.family == prefix.family }
        // Without ranges nothing is known of them; even so, nobody is given everything.
        guard ranges.isEmpty ? prefix.length > 0 : ranges.contains(where: { $0.covers(prefix) }) else {
            return .outsideCluster(prefix)
        }
        if node.prefixes.contains(where: { $0.covers(prefix) || prefix.covers($0) }) { return .overlapsOurs(prefix) }
        guard owners[prefix] == nil else { return .prefixInUse(prefix) }
        owners[prefix] = key
        return nil
    }
}

extension IPPrefix {
    /// Whether every address of the other range is in this one.
    fileprivate func covers(_ other: IPPrefix) -> Bool {
        other.length >= length && contains(other.address)
    }
}
