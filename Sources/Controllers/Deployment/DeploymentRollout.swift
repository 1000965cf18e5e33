import JSON
import KubernetesAPI
import KubernetesClient

/// One step of a Deployment: how many pods each of its ReplicaSets shall have next, and what its status is.
///
/// Nothing is done twice in one step: the ReplicaSets that the step changes make for the next one.
struct DeploymentRollout {
    let facts: DeploymentFacts
    let now: Timestamp
    var writes: [ClusterWrite] = []
    var events: [ClusterEvent] = []
    var conditions: WorkloadConditions
    var collisionCount: Int
    /// How many pods the ReplicaSets shall have, by uid, where that changes.
    var sizes: [String: Int] = [:]

    var deployment: Resource<DeploymentKind> { facts.deployment }

    init(_ facts: DeploymentFacts, now: Timestamp) {
        self.facts = facts
        self.now = now
        conditions = WorkloadConditions(facts.deployment.value["status"])
        collisionCount = facts.deployment.statusCount("collisionCount")
    }

    func size(_ replicaSet: Resource<ReplicaSetKind>) -> Int {
        sizes[replicaSet.uid] ?? replicaSet.wantedReplicas
    }

    mutating func proceed(in state: ClusterState) {
        setPausedCondition()
        if facts.isPaused || isScaled {
            scaleAll()
            if facts.isPaused { cleanUp() }
        } else if facts.isRecreate {
            recreate(in: state)
        } else {
            roll(in: state)
        }
        for replicaSet in facts.all { update(replicaSet) }
    }

    /// All that is to be done.
    func reconciliation() -> Reconciliation {
        var writes = writes
        let status = DeploymentStatus(self)
        if let write = deployment.statusWrite(status.json) {
            writes.append(write)
        } else if !deployment.isGoing, let write = revisionWrite {
            // With a write of its own, once the status is written: both would be of one version.
            writes.append(write)
        }
        return Reconciliation(writes, again: status.again, events: events)
    }

    // MARK: Strategies

    private mutating func roll(in state: ClusterState) {
        guard let current = facts.current else {
            create(in: state)
            return
        }
        resizeCurrent(current)
        if sizes.isEmpty { shrinkOld() }
        if sizes.isEmpty, DeploymentStatus(self).isComplete { cleanUp() }
    }

    private mutating func recreate(in state: ClusterState) {
        for replicaSet in facts.old where replicaSet.wantedReplicas > 0 { sizes[replicaSet.uid] = 0 }
        guard sizes.isEmpty else { return }
        for replicaSet in facts.old {
            guard state.pods.owned(by: replicaSet.uid).allSatisfy(\.isFinished) else { return }
        }
        guard let current = facts.current else {
            create(in: state)
            return
        }
        if current.wantedReplicas != facts.replicas { sizes[current.uid] = facts.replicas }
        if sizes.isEmpty, DeploymentStatus(self).isComplete { cleanUp() }
    }

    /// How many pods the ReplicaSet with the template can have now, which has so many.
    private func allowedSize(of size: Int) -> Int {
        guard !facts.isRecreate else { return facts.replicas }
        let total = facts.all.reduce(0) { $0 + $1.wantedReplicas }
        guard total < facts.maxTotal else { return size }
        return size + max(0, min(facts.maxTotal - total, facts.replicas - size))
    }

    private mutating func resizeCurrent(_ current: Resource<ReplicaSetKind>) {
        let size = current.wantedReplicas
        let next = size > facts.replicas ? facts.replicas : allowedSize(of: size)
        if next != size { sizes[current.uid] = next }
    }

    /// Takes pods from the old ReplicaSets: first those that are not available, as they help nobody, then as many
    /// as there are available ones above the least.
    private mutating func shrinkOld() {
        guard let current = facts.current else { return }
        let old = facts.old.filter { $0.wantedReplicas > 0 }
        guard !old.isEmpty else { return }
        let total = facts.all.reduce(0) { $0 + $1.wantedReplicas }
        let currentMissing = current.wantedReplicas - current.availableReplicas
        var allowed = total - facts.minAvailable - currentMissing
        guard allowed > 0 else { return }
        for replicaSet in old {
            let missing = replicaSet.wantedReplicas - replicaSet.availableReplicas
            let count = min(allowed, missing)
            guard count > 0 else { continue }
            sizes[replicaSet.uid] = replicaSet.wantedReplicas - count
            allowed -= count
        }
        let available = facts.all.reduce(0) { $0 + $1.availableReplicas }
        var spare = available - facts.minAvailable
        for replicaSet in old where spare > 0 {
            let count = min(size(replicaSet), spare)
            guard count > 0 else { continue }
            sizes[replicaSet.uid] = size(replicaSet) - count
            spare -= count
        }
    }

    // MARK: The template's ReplicaSet

    private mutating func create(in state: ClusterState) {
        let hash = PodTemplate.hash(deployment.template, collisionCount: collisionCount)
        let name = "\(deployment.metadata.name)-\(hash)"
        let namespace = deployment.metadata.namespace ?? "default"
        guard state.replicaSets[namespace, name] == nil else {
            // Another's, or of another template: the next hash is another one.
            collisionCount += 1
            return
        }
        var template = deployment.template
        template[path: "metadata", "labels", DeploymentFacts.hashLabel] = .string(hash)
        var selector = deployment.value[path: "spec", "selector"] ?? [:]
        selector[path: "matchLabels", DeploymentFacts.hashLabel] = .string(hash)
        var spec: JSONValue = ["replicas": .integer(allowedSize(of: 0)), "selector": selector, "template": template]
        if deployment.minReadySeconds > 0 { spec["minReadySeconds"] = .integer(deployment.minReadySeconds) }
        var annotations = DeploymentRevisions.passedOn(deployment.annotations)
        annotations[DeploymentFacts.revision] = "\(DeploymentRevisions.next(facts))"
        annotations.merge(sizeAnnotations) { $1 }
        let replicaSet: JSONValue = [
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace),
                "labels": template[path: "metadata", "labels"] ?? [:], "annotations": .stringMap(annotations),
                "ownerReferences": [deployment.ownership.json],
            ],
            "spec": spec,
        ]
        writes.append(ClusterWrite(ReplicaSetKind.resource, namespace: namespace, name: name, .create(replicaSet)))
        events.append(scalingEvent(name, from: 0, to: allowedSize(of: 0)))
        guard facts.progressDeadline != nil else { return }
        conditions.set(
            "Progressing",
            true,
            reason: "NewReplicaSetCreated",
            message: "Created new replica set \"\(name)\"",
            now: now,
            isUpdate: true
        )
    }

    private var sizeAnnotations: [String: String] {
        [
            DeploymentFacts.desiredReplicas: "\(facts.replicas)",
            DeploymentFacts.maxReplicas: "\(facts.maxTotal)",
        ]
    }

    // MARK: Writes

    /// Gives a ReplicaSet its new size, and the one with the template what it has of the Deployment.
    private mutating func update(_ replicaSet: Resource<ReplicaSetKind>) {
        let isCurrent = replicaSet.uid == facts.current?.uid
        var annotations = replicaSet.annotations
        var value = replicaSet.value
        if isCurrent {
            annotations.merge(DeploymentRevisions.passedOn(deployment.annotations)) { $1 }
            DeploymentRevisions.raise(&annotations, to: DeploymentRevisions.next(facts))
            if replicaSet.minReadySeconds != deployment.minReadySeconds {
                value[path: "spec", "minReadySeconds"] = .integer(deployment.minReadySeconds)
            }
        }
        let size = size(replicaSet)
        // Those without pods keep the numbers that they had: nothing looks at them.
        if size > 0 || sizes[replicaSet.uid] != nil { annotations.merge(sizeAnnotations) { $1 } }
        if annotations != replicaSet.annotations { value[path: "metadata", "annotations"] = .stringMap(annotations) }
        if size != replicaSet.wantedReplicas {
            value[path: "spec", "replicas"] = .integer(size)
            events.append(scalingEvent(replicaSet.metadata.name, from: replicaSet.wantedReplicas, to: size))
        }
        guard value != replicaSet.value else { return }
        writes.append(
            ClusterWrite(
                ReplicaSetKind.resource,
                namespace: replicaSet.metadata.namespace,
                name: replicaSet.metadata.name,
                .replace(value)
            )
        )
    }

    private var revisionWrite: ClusterWrite? {
        let revision = facts.current?.value[path: "metadata", "annotations", DeploymentFacts.revision]
        guard let revision, deployment.annotations[DeploymentFacts.revision] != revision.string else { return nil }
        return ClusterWrite(
            DeploymentKind.resource,
            namespace: deployment.metadata.namespace,
            name: deployment.metadata.name,
            .patch(.merge, ["metadata": ["annotations": [DeploymentFacts.revision: revision]]])
        )
    }

    private func scalingEvent(_ name: String, from old: Int, to new: Int) -> ClusterEvent {
        deployment.event(
            "ScalingReplicaSet",
            "Scaled \(new > old ? "up" : "down") replica set \(name) from \(old) to \(new)"
        )
    }

    /// Deletes old ReplicaSets without pods, but for the latest ones.
    private mutating func cleanUp() {
        let old = facts.old.filter { !$0.isGoing }
            .sorted { $0.number(DeploymentFacts.revision) < $1.number(DeploymentFacts.revision) }
        for replicaSet in old.prefix(max(0, old.count - facts.historyLimit)) {
            guard replicaSet.statusCount("replicas") == 0, replicaSet.wantedReplicas == 0,
                replicaSet.statusCount("observedGeneration") >= replicaSet.metadata.generation ?? 0
            else { continue }
            writes.append(
                ClusterWrite(
                    ReplicaSetKind.resource,
                    namespace: replicaSet.metadata.namespace,
                    name: replicaSet.metadata.name,
                    .delete(.init(uid: replicaSet.uid, propagationPolicy: "Background"))
                )
            )
        }
    }

    private mutating func setPausedCondition() {
        guard facts.progressDeadline != nil else { return }
        let reason = conditions["Progressing"]?["reason"]?.string
        // A rollout that failed stays so.
        guard reason != "ProgressDeadlineExceeded" else { return }
        if facts.isPaused, reason != "DeploymentPaused" {
            conditions.set("Progressing", nil, reason: "DeploymentPaused", message: "Deployment is paused", now: now)
        } else if !facts.isPaused, reason == "DeploymentPaused" {
            conditions.set("Progressing", nil, reason: "DeploymentResumed", message: "Deployment is resumed", now: now)
        }
    }
}
