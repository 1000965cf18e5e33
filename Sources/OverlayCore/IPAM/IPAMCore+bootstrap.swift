internal import Addressing

extension IPAMCore {
    /// Founds our part of the ring, when it is time, if we are a founder and it was not founded before; proposes the
    /// founders, if they are to be agreed on.
    mutating func found(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard var deadline = foundingDeadline else { return }
        if !seedsWereNew, allSeedsAreNew(view) {
            // The others must see that, too, before the first part of the ring is there.
            seedsWereNew = true
            deadline = min(deadline, step.now + .milliseconds(100))
            foundingDeadline = deadline
        }
        guard step.now >= deadline else { return }
        foundingDeadline = nil
        switch configuration.bootstrap {
        case .seeds: foundOwnPart(view, &step)
        case .consensus(let count): proposeFounders(count, view, &step)
        case .join: break
        }
    }

    /// Whether all seeds, of which there are several, are there and nobody has an address yet: then there is no ring to
    /// wait for. Whoever has blocks says so in its record, so that one seed that lost its disk does not found anew.
    private func allSeedsAreNew(_ view: some IPAMView) -> Bool {
        guard let seeds = configuration.seeds, seeds.count > 1, view.entries(of: .ring).isEmpty else { return false }
        let members = view.members.values
        return members.allSatisfy { $0.prefixes.isEmpty }
            && seeds.allSatisfy { seed in members.contains { $0.name == seed || $0.id.description == seed } }
    }

    /// Writes the parts that are ours as one of the founders; those that were written before, by whomever, are not ours
    /// to write.
    private mutating func foundOwnPart(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard let founders, let place = place(among: founders) else { return }
        for index in ranges.indices where ranges[index].range.id.isEmpty {
            guard
                let slice = ranges[index].range.slice(place, of: founders.count),
                let key = ringEntry(index, slice, owner: own, version: 1)?.key, step.entry(key, view) == nil
            else { continue }
            write(index, slice, owner: own, version: 1, &step)
        }
    }

    /// Our place among the founders; nil where we are not one.
    func place(among founders: [String]) -> Int? {
        (configuration.seeds == nil ? nil : founders.firstIndex(of: ownName))
            ?? founders.firstIndex(of: own.description)
    }

    /// Proposes the members that are there, once there are enough of them; until then looks again.
    ///
    /// The one with the lowest identity does, and only if nothing comes of it the others, one by one.
    private mutating func proposeFounders(_ count: Int, _ view: some IPAMView, _ step: inout IPAMStep) {
        guard podRing == nil, proposals[.founders] == nil else { return }
        foundingDeadline = step.now + .milliseconds(200)
        let reachableCount = view.memberCount - view.unreachable.count
        guard reachableCount > max(0, max(count, view.memberCount)) / 2 else {
            quorumSince = nil
            return
        }
        let since = quorumSince ?? step.now
        quorumSince = since
        let members = view.members.keys.filter { !view.unreachable.contains($0) }.sorted()
        let turn = Duration.seconds(min(members.firstIndex(of: own) ?? 0, 10) * 2)
        let patience = members.count >= count ? .zero : configuration.consensusDelay
        guard step.now >= since + patience + turn else { return }
        foundingDeadline = nil
        let wish = Array(members.prefix(DecisionResult.maximumPeerCount))
        propose(.founders, wish, deadline: nil, view, &step)
    }

    /// The founders are known.
    mutating func learnFounders(_ peers: [PeerID], _ view: some IPAMView, _ step: inout IPAMStep) {
        guard configuration.seeds == nil else { return }
        let names = peers.map(\.description)
        let ring = configuration.ringIdentity(founders: names)
        if podRing == nil { join(ring) }
        guard podRing == ring else {
            if foreignRings[ring] == nil, foreignRings.count < 8 {
                foreignRings[ring] = peers.first
                step.log(.warning, foreignRingText(ring, view))
            }
            return
        }
        guard founders == nil else { return }
        founders = names
        foundingDeadline = nil
        foundOwnPart(view, &step)
    }
}
