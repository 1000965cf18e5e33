import JSON
import KubernetesAPI

/// The status of a Deployment, as its ReplicaSets' come to.
struct DeploymentStatus {
    /// As in the object.
    private(set) var json: JSONValue
    /// When a rollout that makes no progress fails; nil where none can.
    private(set) var again: Duration?
    /// Whether all pods are of the template and available.
    let isComplete: Bool

    private let counts: Counts

    private struct Counts {
        var replicas: Int
        var updated: Int
        var ready: Int
        var available: Int

        /// As a status has them.
        init(_ deployment: Resource<DeploymentKind>) {
            replicas = deployment.statusCount("replicas")
            updated = deployment.statusCount("updatedReplicas")
            ready = deployment.statusCount("readyReplicas")
            available = deployment.statusCount("availableReplicas")
        }

        /// As they are.
        init(_ facts: DeploymentFacts) {
            func sum(_ name: String) -> Int { facts.all.reduce(0) { $0 + $1.statusCount(name) } }
            replicas = sum("replicas")
            updated = facts.current?.statusCount("replicas") ?? 0
            ready = sum("readyReplicas")
            available = sum("availableReplicas")
        }
    }

    init(_ rollout: DeploymentRollout) {
        let (facts, deployment) = (rollout.facts, rollout.deployment)
        let counts = Counts(facts)
        self.counts = counts
        isComplete =
            counts.updated == facts.replicas && counts.replicas == facts.replicas
            && counts.available == facts.replicas
        var conditions = rollout.conditions
        let isAvailable = counts.available >= facts.minAvailable
        conditions.set(
            "Available",
            isAvailable,
            reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            message: isAvailable
                ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
            now: rollout.now
        )
        if !deployment.isGoing { again = Self.setProgress(&conditions, rollout, counts, isComplete: isComplete) }
        if let failure = facts.all.reversed().lazy.compactMap({
            WorkloadConditions($0.value["status"])["ReplicaFailure"]
        }).first {
            conditions.set(
                "ReplicaFailure",
                true,
                reason: failure["reason"]?.string ?? "",
                message: failure["message"]?.string ?? "",
                now: rollout.now
            )
        } else {
            conditions.remove("ReplicaFailure")
        }
        let unavailable = facts.all.reduce(0) { $0 + $1.wantedReplicas } - counts.available
        let numbers = [
            ("observedGeneration", deployment.metadata.generation ?? 0), ("replicas", counts.replicas),
            ("updatedReplicas", counts.updated), ("readyReplicas", counts.ready),
            ("availableReplicas", counts.available), ("unavailableReplicas", unavailable),
            ("collisionCount", rollout.collisionCount),
        ]
        json = [:]
        for (name, number) in numbers where number > 0 { json[name] = .integer(number) }
        json["conditions"] = conditions.json
    }

    /// Says how the rollout goes.
    ///
    /// - Returns: When to look again whether it made progress.
    private static func setProgress(
        _ conditions: inout WorkloadConditions,
        _ rollout: DeploymentRollout,
        _ counts: Counts,
        isComplete: Bool
    ) -> Duration? {
        let (facts, now) = (rollout.facts, rollout.now)
        guard let deadline = facts.progressDeadline else {
            conditions.remove("Progressing")
            return nil
        }
        guard !facts.isPaused else { return nil }
        let present = conditions["Progressing"]
        let reason = present?["reason"]?.string
        let subject =
            facts.current.map { "ReplicaSet \"\($0.metadata.name)\"" }
            ?? "Deployment \"\(facts.deployment.metadata.name)\""
        let before = Counts(facts.deployment)
        // What was complete once stays so: later changes of pods are no rollout.
        if counts.replicas == counts.updated, reason == "NewReplicaSetAvailable" { return nil }
        if isComplete, facts.current != nil {
            let message = "\(subject) has successfully progressed."
            conditions.set("Progressing", true, reason: "NewReplicaSetAvailable", message: message, now: now)
            return nil
        }
        let isProgress =
            counts.updated > before.updated || counts.replicas - counts.updated < before.replicas - before.updated
            || counts.ready > before.ready || counts.available > before.available
        if isProgress {
            let message = "\(subject) is progressing."
            conditions.set(
                "Progressing",
                true,
                reason: "ReplicaSetUpdated",
                message: message,
                now: now,
                isUpdate: true
            )
            return deadline
        }
        if present == nil, let current = facts.current {
            let message = "Found new replica set \"\(current.metadata.name)\""
            conditions.set("Progressing", true, reason: "FoundNewReplicaSet", message: message, now: now)
            return deadline
        }
        guard let present, reason != "NewReplicaSetAvailable", reason != "ProgressDeadlineExceeded",
            let last = present["lastUpdateTime"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        let due = last.advanced(by: deadline)
        guard due <= now else { return now.duration(to: due) }
        let message = "\(subject) has timed out progressing."
        conditions.set("Progressing", false, reason: "ProgressDeadlineExceeded", message: message, now: now)
        return nil
    }
}
