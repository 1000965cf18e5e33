import JSON
import KubernetesAPI
import KubernetesClient

/// A Deployment with its ReplicaSets, and how a rollout of it may go.
struct DeploymentFacts {
    static let hashLabel = "pod-template-hash"
    static let revision = "deployment.kubernetes.io/revision"
    static let revisionHistory = "deployment.kubernetes.io/revision-history"
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"

    let deployment: Resource<DeploymentKind>
    /// The ReplicaSet that has the template; nil where there is none yet.
    let current: Resource<ReplicaSetKind>?
    /// All others, the oldest first.
    let old: [Resource<ReplicaSetKind>]

    let replicas: Int
    /// How many pods there may be above ``replicas`` during a rollout.
    let maxSurge: Int
    /// How many of ``replicas`` may be missing during a rollout.
    let maxUnavailable: Int
    let isRecreate: Bool
    let isPaused: Bool
    /// After how long without progress a rollout failed; nil for never.
    let progressDeadline: Duration?
    let historyLimit: Int

    init(_ deployment: Resource<DeploymentKind>, replicaSets: [Resource<ReplicaSetKind>]) {
        let spec = deployment.value["spec"]
        let wanted = Self.comparable(deployment.template)
        let sorted = replicaSets.sorted { Self.age($0) < Self.age($1) }
        let current = sorted.first { Self.comparable($0.template) == wanted }
        self.deployment = deployment
        self.current = current
        old = sorted.filter { $0.uid != current?.uid }
        replicas = deployment.wantedReplicas
        isRecreate = spec?[path: "strategy", "type"] == "Recreate"
        isPaused = spec?["paused"]?.bool ?? false
        let rolling = spec?[path: "strategy", "rollingUpdate"]
        if isRecreate {
            (maxSurge, maxUnavailable) = (0, 0)
        } else {
            let surge = AmountOrPercent(rolling?["maxSurge"], default: .percent(25))
                .count(of: replicas, roundsUp: true)
            let missing = AmountOrPercent(rolling?["maxUnavailable"], default: .percent(25))
                .count(of: replicas, roundsUp: false)
            maxSurge = min(surge, Int(Int32.max))
            // One of both must allow a step.
            maxUnavailable = min(surge == 0 && missing == 0 ? 1 : missing, replicas)
        }
        // The largest number is upstream's word for never.
        let deadline = spec?["progressDeadlineSeconds"]?.integer ?? 600
        progressDeadline = deadline < Int(Int32.max) ? .seconds(max(0, deadline)) : nil
        historyLimit = max(0, spec?["revisionHistoryLimit"]?.integer ?? 10)
    }

    /// All ReplicaSets, the oldest first.
    var all: [Resource<ReplicaSetKind>] { old + [current].compactMap(\.self) }

    /// Those that shall have pods.
    var active: [Resource<ReplicaSetKind>] { all.filter { $0.wantedReplicas > 0 } }

    /// How many pods there may be.
    var maxTotal: Int { replicas + maxSurge }

    /// How many pods have to be available.
    var minAvailable: Int { replicas - maxUnavailable }

    private static func age(_ replicaSet: Resource<ReplicaSetKind>) -> (Timestamp, String) {
        (replicaSet.metadata.creationTimestamp ?? Timestamp(seconds: 0), replicaSet.metadata.name)
    }

    /// A template without the label that only those of ReplicaSets have.
    private static func comparable(_ template: JSONValue) -> JSONValue {
        var template = template
        var metadata = template["metadata"]?.object ?? JSONObject()
        var labels = metadata["labels"]?.object ?? JSONObject()
        labels.remove(hashLabel)
        metadata["labels"] = labels.isEmpty ? nil : .object(labels)
        // Objects have it as null, or not at all.
        metadata["creationTimestamp"] = nil
        template["metadata"] = .object(metadata)
        return template
    }
}

extension Resource<ReplicaSetKind> {
    /// How many of its pods can be counted with: those that it is about to end are still in its status.
    var availableReplicas: Int { min(statusCount("availableReplicas"), wantedReplicas) }

    /// The number that its annotation names; 0 for none.
    func number(_ annotation: String) -> Int {
        value[path: "metadata", "annotations", annotation]?.string.flatMap { Int($0) } ?? 0
    }
}
