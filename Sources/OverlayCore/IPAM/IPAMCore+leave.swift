internal import Addressing

/// We are going for good.
struct Leaving: Sendable {
    /// Who gets what we have.
    var heir: PeerID
    /// What it was given and has not confirmed: the versions by the keys.
    var unconfirmed: [ReplicatedEntry.Key: UInt64] = [:]
    /// When the user is told that it takes long; nil where that was said.
    var deadline: Duration?
}

extension IPAMCore {
    /// Hands on everything. Whoever gets it confirms that by writing it once more: until then we must not be gone, for
    /// nobody else may have seen it.
    mutating func leave(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard leaving == nil else { return }
        let hasSpace = ranges.contains { !$0.segments.isEmpty }
        let heir = chooseHeir(view)
        guard heir != nil || !hasSpace else {
            step.fail("no peer is reachable that our addresses could be handed on to; to go without that, reset")
            return
        }
        for key in pools.keys.sorted() {
            pools[key]?.target = 0
            endRequest(key, view, &step)
        }
        guard let heir, hasSpace else {
            finishLeaving(heir, &step)
            return
        }
        leaving = Leaving(heir: heir, deadline: step.now + configuration.decisionTimeout)
        for index in ranges.indices {
            if !ranges[index].active.isEmpty { step.changed.insert(ranges[index].range.id) }
            for block in ranges[index].active { _ = ranges[index].deactivate(block) }
        }
        handOn(view, &step)
    }

    /// Hands on what we have, also what came just now.
    mutating func handOn(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard var leaving else { return }
        // Of an heir that was removed, what we gave it comes to its own heir: back to us, or to one that confirms it.
        if view.isRemoved(leaving.heir), let heir = chooseHeir(view) { leaving.heir = heir }
        for index in ranges.indices {
            for segment in ranges[index].segments {
                let blocks = segment.first...segment.last
                guard let key = ringEntry(index, blocks, owner: own, version: 0)?.key else { continue }
                let version = segment.version + 1
                leaving.unconfirmed[key] = version
                write(index, blocks, owner: leaving.heir, version: version, wantsReceipt: true, &step)
            }
        }
        self.leaving = leaving
    }

    /// Takes note of a confirmation.
    mutating func noteReceipt(_ entry: ReplicatedEntry, _ step: inout IPAMStep) {
        guard var leaving, let version = leaving.unconfirmed[entry.key], entry.version > version else { return }
        leaving.unconfirmed[entry.key] = nil
        self.leaving = leaving
        if leaving.unconfirmed.isEmpty { finishLeaving(leaving.heir, &step) }
    }

    /// Tells the user where it takes long.
    mutating func checkLeaving(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard let leaving, let deadline = leaving.deadline, step.now >= deadline else { return }
        self.leaving?.deadline = nil
        step.fail("\(view.name(leaving.heir)) has not confirmed that it has our addresses: still waiting for it")
    }

    private mutating func finishLeaving(_ heir: PeerID?, _ step: inout IPAMStep) {
        leaving = nil
        isStopped = true
        // What somebody gives us in the last moment is the heir's too. The heir tells everybody that we are gone.
        if let heir { step.publish(DecisionResult.entry(.heir(of: own), [heir], version: 1)) }
        step.outputs.append(.left)
    }

    /// A reachable owner of pods' space; without one, any reachable member.
    private func chooseHeir(_ view: some IPAMView) -> PeerID? {
        if let podRing, let owner = anotherOwner(of: podRing, except: nil, view) { return owner }
        let unreachable = view.unreachable
        return view.members.keys.filter { $0 != own && !unreachable.contains($0) }.min()
    }
}
