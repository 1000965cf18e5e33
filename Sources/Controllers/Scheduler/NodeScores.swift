import KubernetesAPI

/// Which of the nodes that can take a pod is the best: with room, few pods of the same owner, and what the pod prefers.
///
/// Each view gives 0...100, weighed as upstream does. Of nodes with one score a hash of pod and node decides, so that
/// the same pods come to the same nodes wherever this is worked out.
struct NodeScores {
    private let request: SchedulingRequest
    private let siblings: [String: Int]
    private let spread: [(key: String, counts: [String: Int])]

    init(_ request: SchedulingRequest, in state: ClusterState) {
        self.request = request
        siblings = request.pod.controller.flatMap { state.pods.placement.spread[$0.uid] } ?? [:]
        spread = request.softSpread.map { ($0.topologyKey, $0.counts(request, in: state).counts) }
    }

    /// The best of some nodes; nil where there is none.
    func best(of nodes: [(node: NodeFacts, usage: NodeUsage)]) -> String? {
        guard nodes.count > 1 else { return nodes.first?.node.name }
        let apart = Self.least(nodes.map { siblings[$0.node.name] ?? 0 })
        let spread = Self.least(nodes.map { spreadCount($0.node) })
        let preferred = Self.most(nodes.map { preference($0.node) })
        let taints = Self.least(nodes.map { tainted($0.node) })
        var best: (score: Int, hash: UInt64, name: String)?
        for (index, (node, usage)) in nodes.enumerated() {
            let score =
                room(node, usage) + 2 * apart[index] + 2 * spread[index] + 2 * preferred[index] + 3 * taints[index]
            if let best, score < best.score { continue }
            let hash = Self.hash(request.pod.metadata.uid, node.name)
            if let present = best, score == present.score, (hash, node.name) >= (present.hash, present.name) {
                continue
            }
            best = (score, hash, node.name)
        }
        return best?.name
    }

    private func room(_ node: NodeFacts, _ usage: NodeUsage) -> Int {
        func part(_ total: Int64, _ used: Int128) -> Int {
            guard total > 0, used >= 0, used < total else { return 0 }
            return Int(Double(Int128(total) - used) / Double(total) * 100)
        }
        let pod = request.pod
        let cpu = part(node.allocatableCPU, usage.weighedCPU + Int128(pod.weighedCPU))
        return (cpu + part(node.allocatableMemory, usage.weighedMemory + Int128(pod.weighedMemory))) / 2
    }

    private func spreadCount(_ node: NodeFacts) -> Int {
        // A node without the label counts as the fullest.
        let counts = spread.map { key, counts in
            node.labels[key].map { counts[$0] ?? 0 } ?? (counts.values.max() ?? 0) + 1
        }
        return counts.reduce(0, +)
    }

    private func preference(_ node: NodeFacts) -> Int {
        request.affinity.preferred.reduce(0) { $0 + ($1.term.matches(node) ? $1.weight : 0) }
    }

    private func tainted(_ node: NodeFacts) -> Int {
        node.taints.count { taint in
            taint.effect == "PreferNoSchedule" && !request.tolerations.contains { $0.tolerates(taint) }
        }
    }

    /// 100 for the smallest number, 0 for the largest.
    private static func least(_ counts: [Int]) -> [Int] {
        let (low, high) = (counts.min() ?? 0, counts.max() ?? 0)
        guard high > low else { return Array(repeating: 100, count: counts.count) }
        return counts.map { (high - $0) * 100 / (high - low) }
    }

    /// 100 for the largest number, in proportion for the others.
    private static func most(_ counts: [Int]) -> [Int] {
        let high = counts.max() ?? 0
        guard high > 0 else { return Array(repeating: 0, count: counts.count) }
        return counts.map { $0 * 100 / high }
    }

    private static func hash(_ parts: String...) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in parts {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x0000_0100_0000_01b3
        }
        // The last bytes, which are all that differs often, reach all bits.
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        return hash ^ hash >> 33
    }
}
