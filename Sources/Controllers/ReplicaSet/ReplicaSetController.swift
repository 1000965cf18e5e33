import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps as many pods of each ReplicaSet as it asks for.
///
/// Source: `k8s.io/kubernetes/pkg/controller/replicaset`.
public struct ReplicaSetController: Controller {
    /// How many pods are made or ended at a time. Each follows the one before, and none follows one that is refused.
    public static let batch = 500

    /// The name in logs.
    public let name = "replicaset-controller"

    /// The controller.
    public init() {}

    /// The ReplicaSets that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .replicaSet(let change): [change.name]
        case .pod(let change): PodOwnership.keys(for: change, among: state.replicaSets)
        default: []
        }
    }

    /// What to do about a ReplicaSet.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let replicaSet = state.replicaSets[key], replicaSet.selector != nil else { return Reconciliation() }
        let ownership = PodOwnership(of: replicaSet, in: state)
        let pods = ownership.pods.filter(\.isActive)
        let minReadySeconds = replicaSet.minReadySeconds
        let again = pods.compactMap { $0.timeToAvailability(after: minReadySeconds, now: now) }.min()
        var conditions = WorkloadConditions(replicaSet.value["status"])
        let missing = replicaSet.isGoing ? 0 : replicaSet.wantedReplicas - pods.count
        if missing == 0 { conditions.remove(Self.failure) }
        var unwanted: [Pod] = []
        if missing < 0 {
            unwanted = Self.unwanted(min(-missing, Self.batch), of: pods, replicaSet, state: state, now: now)
        }
        // Those that go count no more before they do: who relies on the status never counts with a pod too many.
        let gone = Set(unwanted.map(\.metadata.name))
        let kept = gone.isEmpty ? pods : pods.filter { !gone.contains($0.metadata.name) }
        var writes = ownership.writes
        if let write = replicaSet.statusWrite(Self.status(replicaSet, pods: kept, conditions: conditions, now: now)) {
            writes.append(write)
        }
        writes += unwanted.map { PodTemplate.deletion(of: $0) }
        if missing > 0 {
            let creation = PodTemplate.creation(from: replicaSet.template, of: replicaSet)
            writes += Array(repeating: creation, count: min(missing, Self.batch))
        }
        return Reconciliation(writes, again: again)
    }

    /// Says that a pod could not be made or ended.
    public func refused(
        _ write: ClusterWrite,
        because message: String,
        for key: ObjectName,
        in state: ClusterState,
        now: Timestamp
    ) -> Reconciliation {
        guard let replicaSet = state.replicaSets[key], write.resource == Pod.resource else { return Reconciliation() }
        let reason: String
        let text: String
        switch write.action {
        case .create: (reason, text) = ("FailedCreate", "Error creating: \(message)")
        case .delete: (reason, text) = ("FailedDelete", "Error deleting: \(message)")
        default: return Reconciliation()
        }
        var conditions = WorkloadConditions(replicaSet.value["status"])
        conditions.set(Self.failure, true, reason: reason, message: message, now: now, hasUpdateTime: false)
        let pods = PodOwnership(of: replicaSet, in: state).pods.filter(\.isActive)
        let status = Self.status(replicaSet, pods: pods, conditions: conditions, now: now)
        return Reconciliation(
            [replicaSet.statusWrite(status)].compactMap(\.self),
            events: [replicaSet.event(reason, text, isWarning: true)]
        )
    }

    private static let failure = "ReplicaFailure"

    // MARK: Which pods go

    private static func unwanted(
        _ count: Int,
        of pods: [Pod],
        _ replicaSet: Resource<ReplicaSetKind>,
        state: ClusterState,
        now: Timestamp
    ) -> [Pod] {
        guard count < pods.count else { return pods }
        let neighbours = relatedPods(of: replicaSet, state: state)
        let ranked = pods.map { pod in
            (pod: pod, rank: DeletionRank(pod, neighbours: neighbours[pod.nodeName] ?? 0, now: now))
        }
        return ranked.sorted { $0.rank < $1.rank }.prefix(count).map(\.pod)
    }

    /// How many pods of this ReplicaSet and of those that its owner has besides are on each node.
    private static func relatedPods(of replicaSet: Resource<ReplicaSetKind>, state: ClusterState) -> [String: Int] {
        let placement = state.pods.placement
        var uids = [replicaSet.uid]
        if let owner = replicaSet.controller {
            for other in state.replicaSets.objects(in: replicaSet.metadata.namespace ?? "")
            where other.uid != replicaSet.uid && other.controller?.uid == owner.uid {
                uids.append(other.uid)
            }
        }
        return uids.reduce(into: [:]) { counts, uid in
            counts.merge(placement.spread[uid] ?? [:]) { $0 + $1 }
        }
    }

    // MARK: Status

    private static func status(
        _ replicaSet: Resource<ReplicaSetKind>,
        pods: [Pod],
        conditions: WorkloadConditions,
        now: Timestamp
    ) -> JSONValue {
        let labels = replicaSet.template[path: "metadata", "labels"]?.stringMap ?? [:]
        let labeled = pods.count { pod in labels.allSatisfy { pod.metadata.labels[$0.key] == $0.value } }
        let minReadySeconds = replicaSet.minReadySeconds
        let counts = [
            ("fullyLabeledReplicas", labeled),
            ("readyReplicas", pods.count { $0.isReady }),
            ("availableReplicas", pods.count { $0.isAvailable(after: minReadySeconds, now: now) }),
            ("observedGeneration", replicaSet.metadata.generation ?? 0),
        ]
        var status: JSONValue = ["replicas": .integer(pods.count)]
        for (name, count) in counts where count > 0 { status[name] = .integer(count) }
        status["conditions"] = conditions.json
        return status
    }
}
