import Addressing
import OverlayCore

/// The objects that the kernel is to have for an ``OverlayState``, kept current as the state changes.
///
/// A change of some peers costs what these peers cost.
struct DesiredKernel {
    /// A wanted object.
    struct Entry: Hashable {
        /// What it is to be like.
        var object: KernelObject
        /// The peer that it is for; nil for what is for this host.
        var owner: PeerID?
    }

    /// The state that it follows from; nil before the first.
    private(set) var state: OverlayState?
    /// What is wanted.
    private(set) var entries: [KernelKey: Entry] = [:]
    /// The links that something leads to or is on, ours or not.
    private(set) var links: Set<String> = []
    /// What of the state cannot be: two networks of one VNI, a peer's prefix outside of the cluster's ranges.
    private(set) var problems: [OverlayProblem] = []

    /// What this host itself wanted before the last update, and what nobody wants now.
    private(set) var dropped: Set<KernelKey> = []

    /// What is wanted of an object that something with precedence wants otherwise.
    private var outvoted: [KernelKey: [Entry]] = [:]
    /// The objects that each peer wants; nil is this host.
    private var wanted: [PeerID?: [KernelKey: KernelObject]] = [:]
    private var problemsOfOwners: [PeerID?: [OverlayProblem]] = [:]

    /// Nothing wanted.
    init() {}

    /// Follows a change of the state.
    ///
    /// - Returns: The objects that are wanted otherwise than before, or not any more.
    mutating func update(to state: OverlayState) -> Set<KernelKey> {
        dropped = []
        guard state != self.state else { return [] }
        let previous = self.state
        self.state = state
        let planner = OverlayPlanner(state)
        var changed: Set<KernelKey> = []

        let affected = previous.map { affectedPeers(from: $0, to: state) }
        let isMemberAffected = affected?.contains { id in
            state.networks.contains { $0.members.contains(id) }
        }
        if previous == nil || previous?.node != state.node || previous?.pods != state.pods
            || previous?.networks != state.networks || isMemberAffected == true
        {
            let plan = planner.hostObjects()
            replace(of: nil, with: plan, &changed)
            links = planner.links(of: plan.objects)
        }
        let isSameForAll = previous?.node == state.node && previous?.isComplete == state.isComplete
        let ids = isSameForAll ? affected ?? [] : Set(state.peers.keys).union(affected ?? [])
        for id in ids {
            let plan = state.peers[id].map { planner.objects(of: id, $0) } ?? OverlayPlanner.Plan()
            replace(of: id, with: plan, &changed)
        }
        problems = problemsOfOwners.values.joined().sorted { $0.description < $1.description }
        return changed
    }

    /// The peers that changed, and those whose relay did.
    private func affectedPeers(from previous: OverlayState, to state: OverlayState) -> Set<PeerID> {
        var affected: Set<PeerID> = []
        for (id, peer) in state.peers where previous.peers[id] != peer { affected.insert(id) }
        for id in previous.peers.keys where state.peers[id] == nil { affected.insert(id) }
        guard !affected.isEmpty else { return [] }
        var dependent: Set<PeerID> = []
        for (id, peer) in state.peers {
            if case .relay(let relay, _, _) = peer.route, affected.contains(relay) { dependent.insert(id) }
        }
        return affected.union(dependent)
    }

    // MARK: Claims

    /// Puts the objects that an owner wants in the place of those that it wanted before.
    private mutating func replace(
        of owner: PeerID?,
        with plan: OverlayPlanner.Plan,
        _ changed: inout Set<KernelKey>
    ) {
        let before = wanted[owner] ?? [:]
        for key in before.keys where plan.objects[key] == nil { withdraw(key, owner, &changed) }
        for (key, object) in plan.objects where before[key] != object {
            if before[key] != nil { withdraw(key, owner, &changed) }
            claim(key, Entry(object: object, owner: owner), &changed)
        }
        if owner == nil { dropped = Set(before.keys.filter { entries[$0] == nil }) }
        wanted[owner] = plan.objects.isEmpty ? nil : plan.objects
        problemsOfOwners[owner] = plan.problems.isEmpty ? nil : plan.problems
    }

    private mutating func claim(_ key: KernelKey, _ entry: Entry, _ changed: inout Set<KernelKey>) {
        guard let present = entries[key] else {
            entries[key] = entry
            changed.insert(key)
            return
        }
        if Self.precedes(entry.owner, present.owner) {
            outvoted[key, default: []].append(present)
            entries[key] = entry
            changed.insert(key)
        } else {
            outvoted[key, default: []].append(entry)
        }
    }

    private mutating func withdraw(_ key: KernelKey, _ owner: PeerID?, _ changed: inout Set<KernelKey>) {
        if let present = entries[key], present.owner == owner {
            changed.insert(key)
            let others = outvoted.removeValue(forKey: key) ?? []
            let next = others.indices.min { Self.precedes(others[$0].owner, others[$1].owner) }
            entries[key] = next.map { others[$0] }
            let rest = others.indices.filter { $0 != next }.map { others[$0] }
            if !rest.isEmpty { outvoted[key] = rest }
        } else {
            outvoted[key]?.removeAll { $0.owner == owner }
            if outvoted[key]?.isEmpty == true { outvoted[key] = nil }
        }
    }

    /// Whose object it is where two want one: this host's, else that of the peer with the lower identity, so that every
    /// host decides alike.
    private static func precedes(_ left: PeerID?, _ right: PeerID?) -> Bool {
        guard let right else { return false }
        guard let left else { return true }
        return left < right
    }
}
