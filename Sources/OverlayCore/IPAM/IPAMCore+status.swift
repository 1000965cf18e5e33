public import Addressing

/// How the sharing out of one range is going, for people.
public struct IPAMRangeStatus: Sendable, Hashable {
    /// The range.
    public var range: IPAMRange
    /// How it is going, in the words that users of Weave Net know: `ready`, `idle`, `waiting for IP range grant from …`.
    public var text: String
    /// The number of blocks that are ours.
    public var ownedBlocks: UInt64
    /// The number of those that pods may have addresses of.
    public var activeBlocks: Int
    /// The blocks in use here that are not ours.
    public var drainingBlocks: [IPPrefix]
}

/// What one peer owns of a range.
public struct IPAMOwner: Sendable, Hashable {
    /// Who.
    public var id: PeerID
    /// What people call it; its identity where it is not known.
    public var name: String
    /// The number of blocks.
    public var blocks: UInt64
    /// Somebody reaches it.
    public var isReachable: Bool
}

extension IPAMCore {
    /// How it is going, for each range.
    public func status(_ view: some IPAMView) -> [IPAMRangeStatus] {
        ranges.map { range in
            IPAMRangeStatus(
                range: range.range,
                text: text(range, view),
                ownedBlocks: range.ownedCount,
                activeBlocks: range.active.count,
                drainingBlocks: range.draining.map { range.range.blockPrefix($0) }
            )
        }
    }

    /// What keeps the cluster's peers from sharing out the same space: other rings, and blocks that two use. In words.
    public func conflicts(_ view: some IPAMView) -> [String] {
        foreignRings.keys.sorted().map { foreignRingText($0, view) }
            + ranges.indices.flatMap { index in ranges[index].draining.map { conflictText($0, of: index, view) } }
    }

    /// What to tell of a block in use that is not ours. Looks at the whole ring.
    private func conflictText(_ block: BlockIndex, of index: Int, _ view: some IPAMView) -> String {
        let range = ranges[index].range
        var owner: PeerID?
        var first: BlockIndex = 0
        // Of entries that reach over the block, the innermost counts.
        view.forEachEntry(of: .ring) { entry in
            guard
                let entry = entry.ringEntry, let (place, part) = place(of: entry), place == index,
                part.first <= block, block <= part.last, owner == nil || part.first >= first
            else { return }
            (owner, first) = (entry.owner, part.first)
        }
        let network = range.id.isEmpty ? "" : " of network \(range.id)"
        let cause = range.id.isEmpty ? "" : " (the network was made on both sides of a split)"
        return "block \(range.blockPrefix(block))\(network) is in use here and belongs to"
            + " \(owner.map { view.name($0) } ?? "another peer")\(cause), so that others may have the same addresses: pods"
            + " that have one keep it, no further ones get any; attach them anew to end this"
    }

    /// Who owns how much of a range, most first. Looks at the whole ring.
    public func owners(of range: IPAMRange, _ view: some IPAMView) -> [IPAMOwner] {
        var counts: [PeerID: UInt64] = [:]
        for entry in view.entries(of: .ring) {
            guard
                let entry = entry.ringEntry, let (index, part) = place(of: entry),
                ranges[index].range == range
            else { continue }
            counts[entry.owner, default: 0] += part.count
        }
        let unreachable = view.unreachable
        return counts.map { id, count in
            IPAMOwner(
                id: id,
                name: view.name(id),
                blocks: count,
                isReachable: !unreachable.contains(id) && !view.isRemoved(id)
            )
        }
        .sorted { $0.blocks != $1.blocks ? $0.blocks > $1.blocks : $0.id < $1.id }
    }

    private func text(_ range: SharedRange, _ view: some IPAMView) -> String {
        let key = Pool.Key(range: range.range.id, family: range.range.family)
        if isStopped { return "left" }
        if let request = pools[key]?.request { return waitingText(key, request, view) }
        if !range.segments.isEmpty { return "ready" }
        if range.range.id.isEmpty, podRing == nil || foundingDeadline != nil { return foundingText(view) }
        return "idle"
    }

    /// Why there is no ring.
    func foundingText(_ view: some IPAMView) -> String {
        switch configuration.bootstrap {
        case .seeds(let names):
            return place(among: names) == nil
                ? "waiting for the seeds \(names.sorted().joined(separator: ", "))" : "priming"
        case .consensus(let count):
            let quorum = max(1, count, view.memberCount) / 2 + 1
            return "awaiting consensus (quorum: \(quorum), known: \(view.memberCount))"
        case .join: return "waiting for a peer that has IP ranges"
        }
    }

    /// Why nobody can be asked for more of a range; nil where somebody can, or nobody need be.
    func obstacle(_ family: IPFamily, network: String, _ view: some IPAMView) -> String? {
        let key = Pool.Key(range: network, family: family)
        guard let request = pools[key]?.request, request.obstacle != nil else { return nil }
        return waitingText(key, request, view)
    }

    /// Why a pool has too little.
    func waitingText(_ key: Pool.Key, _ request: Pool.Request, _ view: some IPAMView) -> String {
        let name = key.range.isEmpty ? "" : " of network \(key.range)"
        switch request.obstacle {
        case .noOwners: return key.range.isEmpty ? foundingText(view) : "waiting for the peer that made the network"
        case .unreachable: return "all IP ranges owned by unreachable peers - use 'rmpeer' if they are dead"
        case .noneFree: return "waiting for \(key.family) space\(name): no reachable peer has a free block"
        case nil: return "waiting for IP range grant from \(request.donor.map { view.name($0) } ?? "peers")"
        }
    }
}
