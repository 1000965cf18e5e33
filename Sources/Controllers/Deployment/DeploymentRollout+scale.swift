import JSON
import KubernetesAPI

// Where people change how many pods there shall be, also in the middle of a rollout.
extension DeploymentRollout {
    /// Whether the Deployment's size changed since its ReplicaSets got theirs.
    var isScaled: Bool {
        facts.active.contains { replicaSet in
            guard replicaSet.annotations[DeploymentFacts.desiredReplicas] != nil else { return false }
            return replicaSet.number(DeploymentFacts.desiredReplicas) != facts.replicas
        }
    }

    /// Gives the ReplicaSets their parts of the new size, in proportion to what they have.
    mutating func scaleAll() {
        let active = facts.active
        if active.count <= 1 {
            guard let only = active.first ?? facts.current ?? facts.old.last else { return }
            if only.wantedReplicas != facts.replicas { sizes[only.uid] = facts.replicas }
            return
        }
        if let current = facts.current, isSaturated(current) {
            for replicaSet in facts.old where replicaSet.wantedReplicas > 0 { sizes[replicaSet.uid] = 0 }
            return
        }
        guard !facts.isRecreate else { return }
        let allowed = facts.replicas > 0 ? facts.maxTotal : 0
        let missing = allowed - active.reduce(0) { $0 + $1.wantedReplicas }
        // The largest get what is left over; of two of one size, the newer one where they grow.
        let sorted = active.enumerated().sorted { one, other in
            let sizes = (one.element.wantedReplicas, other.element.wantedReplicas)
            if sizes.0 != sizes.1 { return sizes.0 > sizes.1 }
            return missing > 0 ? one.offset > other.offset : one.offset < other.offset
        }.map(\.element)
        var added = 0
        for replicaSet in sorted where missing != 0 {
            let share = share(of: replicaSet, missing: missing, added: added)
            sizes[replicaSet.uid] = replicaSet.wantedReplicas + share
            added += share
        }
        if let largest = sorted.first, missing != 0 { sizes[largest.uid] = max(0, size(largest) + missing - added) }
    }

    private func isSaturated(_ current: Resource<ReplicaSetKind>) -> Bool {
        current.wantedReplicas == facts.replicas
            && current.number(DeploymentFacts.desiredReplicas) == facts.replicas
            && current.statusCount("availableReplicas") == facts.replicas
    }

    /// By how much a ReplicaSet grows or shrinks.
    private func share(of replicaSet: Resource<ReplicaSetKind>, missing: Int, added: Int) -> Int {
        let size = replicaSet.wantedReplicas
        guard size > 0, missing != added else { return 0 }
        let left = missing - added
        guard facts.replicas > 0 else { return max(-size, left) }
        var before = replicaSet.number(DeploymentFacts.maxReplicas)
        if before <= 0 { before = max(1, deployment.statusCount("replicas")) }
        // In whole numbers, rounded half up.
        let product = size.multipliedReportingOverflow(by: facts.maxTotal)
        let next = product.overflow ? size : (product.partialValue + before / 2) / before
        let share = next - size
        return missing > 0 ? min(share, left) : max(share, left)
    }
}
