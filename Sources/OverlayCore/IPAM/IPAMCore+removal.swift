internal import Addressing

/// The space of a removed peer, before we, its heir, take it.
struct TakeOver: Sendable {
    /// When we take it.
    var deadline: Duration
    /// Members that nobody reached when it was decided, nor since: the removed peer may have given them space, and only
    /// they know.
    var awaited: Set<PeerID>
}

extension IPAMCore {
    /// A user says that a peer is gone for good.
    mutating func remove(_ peer: PeerID, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard peer != own else {
            step.fail("a peer cannot remove itself: let it leave")
            return
        }
        guard leaving == nil else {
            step.fail("this peer is leaving: remove \(view.name(peer)) from another one")
            return
        }
        if let heir = result(.heir(of: peer), view)?.first {
            step.outputs.append(.removed(peer, heir: heir))
            return
        }
        guard view.member(peer) != nil else {
            step.fail(view.isRemoved(peer) ? "peer \(peer) was removed before" : "peer \(peer) is not known")
            return
        }
        propose(.heir(of: peer), [own], deadline: step.now + configuration.decisionTimeout, view, &step)
    }

    /// The peer that has what was a removed peer's: its heir, or the heir's if that was removed too, and so on.
    ///
    /// - Returns: Nil while no heir is decided on. `path`: all that the space passes by, the first one and the last
    ///   one included.
    private func heir(of peer: PeerID, _ view: some IPAMView) -> [PeerID]? {
        var path = [peer]
        while let last = path.last, let next = result(.heir(of: last), view)?.first {
            guard path.count < 64, !path.contains(next) else { return nil }
            path.append(next)
        }
        return path.count > 1 ? path : nil
    }

    /// It is known who gets a peer's space.
    mutating func learnHeir(
        _ heir: PeerID,
        of peer: PeerID,
        isAwaited: Bool,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        if isAwaited, heir != own { step.outputs.append(.removed(peer, heir: heir)) }
        // The view does not have a result that this very step publishes: the first link is given.
        guard heir == own || self.heir(of: heir, view)?.last == own else { return }
        inherit(peer, view, &step)
        for entry in view.entries(of: .vote) {
            guard case .heir(let other) = DecisionSubject(resultKey: entry.key), other != peer else { continue }
            if self.heir(of: other, view)?.contains(peer) == true { inherit(other, view, &step) }
        }
    }

    /// Takes up again, after a restart, what was decided and given away before.
    mutating func recall(_ view: some IPAMView, _ step: inout IPAMStep) {
        for entry in view.entries(of: .vote) {
            guard let subject = DecisionSubject(resultKey: entry.key), let peers = DecisionResult.peers(entry) else {
                continue
            }
            switch subject {
            case .founders: learnFounders(peers, view, &step)
            case .heir(let peer): if heir(of: peer, view)?.last == own { inherit(peer, view, &step) }
            }
        }
        // Where a crash let only the first of our last entries get to disk, a tail that we gave away is in both.
        if ranges.contains(where: { !$0.segments.isEmpty }) {
            giveWay(view, &step)
            for index in ranges.indices { sortActive(index, &step) }
        }
        if view.isRemoved(own) { stop(&step) }
    }

    /// The peer's space will be ours. Whoever was to tell everybody that it is gone may be gone too, so we do.
    private mutating func inherit(_ peer: PeerID, _ view: some IPAMView, _ step: inout IPAMStep) {
        if !view.isRemoved(peer) { step.outputs.append(.removed(peer, heir: own)) }
        guard takeOvers[peer] == nil else { return }
        legators.insert(peer)
        takeOvers[peer] = TakeOver(deadline: step.now + configuration.takeOverDelay, awaited: view.unreachable)
    }

    /// Something of a peer turned up whose space is ours.
    mutating func noteLegacy(_ owner: PeerID, _ view: some IPAMView, _ step: inout IPAMStep) {
        if legators.contains(owner), takeOvers[owner] == nil { inherit(owner, view, &step) }
    }

    /// Takes what is to be taken by now.
    ///
    /// Not before all members have been reachable since the decision (or were removed): one of them may have been given
    /// some of the space just before, and then what it has is written in an entry that we have not seen. A member that
    /// we have never heard of can still have such an entry; see ``giveWay``.
    mutating func takeOver(_ view: some IPAMView, _ step: inout IPAMStep) {
        for peer in takeOvers.keys.sorted() {
            guard var takeOver = takeOvers[peer] else { continue }
            if !takeOver.awaited.isEmpty {
                let unreachable = view.unreachable
                takeOver.awaited = takeOver.awaited.filter {
                    $0 != peer && unreachable.contains($0) && view.member($0) != nil
                        && result(.heir(of: $0), view) == nil
                }
                // Who came back needs some time to tell what it has.
                if takeOver.awaited.isEmpty { takeOver.deadline = max(takeOver.deadline, step.now + .seconds(10)) }
            }
            takeOvers[peer] = takeOver
            guard step.now >= takeOver.deadline else { continue }
            guard takeOver.awaited.isEmpty else {
                takeOvers[peer]?.deadline = step.now + .seconds(2)
                continue
            }
            takeOvers[peer] = nil
            take(everythingOf: peer, view, &step)
        }
    }

    private mutating func take(everythingOf peer: PeerID, _ view: some IPAMView, _ step: inout IPAMStep) {
        for entry in view.entries(of: .ring) {
            guard let entry = entry.ringEntry, entry.owner == peer else { continue }
            take(entry, from: peer, view, &step)
        }
        // What a founder never wrote is its own all the same.
        if let founders, let place = founderPlace(of: peer, among: founders, view) {
            for index in ranges.indices where ranges[index].range.id.isEmpty {
                guard
                    let slice = ranges[index].range.slice(place, of: founders.count),
                    let entry = ringEntry(index, slice, owner: peer, version: 0), step.entry(entry.key, view) == nil
                else { continue }
                take(entry, from: peer, view, &step)
            }
        }
        giveWay(view, &step)
        for index in ranges.indices { sortActive(index, &step) }
    }

    /// The place of a removed peer among the founders; nil also of a seed whose name another peer has now: that one is
    /// the seed.
    private func founderPlace(of peer: PeerID, among founders: [String], _ view: some IPAMView) -> Int? {
        if let place = founders.firstIndex(of: peer.description) { return place }
        guard
            configuration.seeds != nil, let name = view.entry(PeerRecord.key(of: peer))?.peerRecord?.name,
            let place = founders.firstIndex(of: name)
        else { return nil }
        return view.members.values.contains { $0.name == name && $0.id != peer } ? nil : place
    }

    /// Writes an entry of a removed peer, as its heir: far above all that the peer itself can have written.
    private mutating func take(
        _ entry: RingEntry,
        from peer: PeerID,
        _ view: some IPAMView,
        _ step: inout IPAMStep
    ) {
        let version = entry.version + Self.takeOverJump
        guard version < ReplicatedEntry.versionLimit - 1 else { return }
        if let (index, segment) = place(of: entry) {
            write(index, segment.first...segment.last, owner: own, version: version, &step)
        } else if entry.isNetwork {
            // Of a network that we have not joined: somebody who has is to have it.
            var taken = entry
            taken.owner = anotherOwner(of: entry.ring, except: peer, view) ?? own
            taken.version = version
            taken.wantsReceipt = false
            step.publish(taken.entry)
        }
    }

    /// An heir's versions are higher by this than the removed peer's.
    static var takeOverJump: UInt64 { 1 << 32 }

    /// A reachable peer, other than us, that owns some of a ring; the lowest.
    func anotherOwner(of ring: UInt64, except peer: PeerID?, _ view: some IPAMView) -> PeerID? {
        let unreachable = view.unreachable
        return view.entries(of: .ring).compactMap { entry -> PeerID? in
            guard let entry = entry.ringEntry, entry.ring == ring else { return nil }
            let owner = entry.owner
            guard owner != own, owner != peer, !unreachable.contains(owner), view.member(owner) != nil else {
                return nil
            }
            return owner
        }
        .min()
    }

    /// We were removed: nothing of what we had is ours.
    mutating func stop(_ step: inout IPAMStep) {
        isStopped = true
        for index in ranges.indices {
            ranges[index].drainAll()
            step.changed.insert(ranges[index].range.id)
        }
    }
}
