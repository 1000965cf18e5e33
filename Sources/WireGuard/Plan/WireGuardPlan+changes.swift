import Addressing

extension WireGuardPlan {
    /// What makes a device's peers those of the plan, in an order in which no prefix is ever without a peer longer
    /// than it must.
    ///
    /// - Parameters:
    ///   - status: The device as it is.
    ///   - previous: The plan that was last applied to it; nil where that is not known. An endpoint that the device
    ///     has learnt from a peer's packets, be it behind NAT, is left alone unless the plan's endpoint is another one
    ///     than before, or there is no session that it serves.
    public func changes(from status: WireGuardStatus, previous: WireGuardPlan? = nil) -> [WireGuardPeerChange] {
        // A device moves an added prefix by itself, so only what nobody gets is removed.
        let planned = Set(peers.values.lazy.flatMap(\.allowedPrefixes))
        var updates: [WireGuardPeerChange] = []
        var removals: [WireGuardPeerChange] = []
        for (key, peer) in peers.sorted(by: { $0.key < $1.key }) {
            guard let actual = status.peers[key] else {
                updates.append(.set(.init(making: peer)))
                continue
            }
            let update = Self.update(
                of: actual,
                to: peer,
                planned: planned,
                before: previous?.peers[key],
                mayRemove: mayRemove
            )
            if let update { updates.append(.set(update)) }
        }
        for key in status.peers.keys.sorted() where peers[key] == nil && mayRemove { removals.append(.remove(key)) }
        // Removals last: what a peer had that goes has moved to another by then.
        return updates + removals
    }

    /// What makes the peers of a device that follows `previous` those of the plan.
    public func changes(since previous: WireGuardPlan) -> [WireGuardPeerChange] {
        guard peers != previous.peers || mayRemove != previous.mayRemove else { return [] }
        return changes(
            from: WireGuardStatus(peers: previous.peers.mapValues { WireGuardStatus.Peer(peer: $0) }),
            previous: previous
        )
    }

    private static func update(
        of actual: WireGuardStatus.Peer,
        to wanted: WireGuardPeer,
        planned: Set<IPPrefix>,
        before: WireGuardPeer?,
        mayRemove: Bool
    ) -> WireGuardPeerChange.Update? {
        let old = actual.peer
        var update = WireGuardPeerChange.Update(wanted.publicKey)
        if old.presharedKey != wanted.presharedKey {
            update.presharedKey = wanted.presharedKey.map { .secret($0) } ?? WireGuardPeerChange.PresharedKey.none
        }
        if let endpoint = wanted.endpoint, endpoint != old.endpoint {
            let isNew = before.map { $0.endpoint != endpoint } ?? false
            if isNew || !actual.hasSession { update.endpoint = endpoint }
        }
        if old.keepaliveSeconds != wanted.keepaliveSeconds { update.keepalive = wanted.keepalive ?? .zero }
        update.added = wanted.allowedPrefixes.subtracting(old.allowedPrefixes)
        if mayRemove { update.removed = old.allowedPrefixes.subtracting(planned) }
        return update == WireGuardPeerChange.Update(wanted.publicKey) ? nil : update
    }
}
