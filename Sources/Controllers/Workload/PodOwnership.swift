import JSON
import KubernetesAPI
import KubernetesClient

/// Which objects a workload answers for: those that say so and match its selector. Those that nobody answers for and
/// that match are taken, and those that match no more are let go.
///
/// Source: `k8s.io/kubernetes/pkg/controller` `PodControllerRefManager`.
struct PodOwnership {
    /// The pods that are its, as long as the writes succeed.
    var pods: [Pod] = []
    /// What makes it so.
    var writes: [ClusterWrite] = []

    init<Kind: WorkloadKind>(of workload: Resource<Kind>, in state: ClusterState) {
        guard let selector = workload.selector, let namespace = workload.metadata.namespace else { return }
        for pod in state.pods.owned(by: workload.uid) {
            if selector.matches(pod.metadata.labels) || workload.isGoing {
                pods.append(pod)
            } else {
                writes.append(
                    Self.write(Pod.resource, pod.metadata, pod.owners.filter { $0.uid != workload.uid })
                )
            }
        }
        if !workload.isGoing {
            for pod in state.pods.orphans(in: namespace)
            where !pod.isFinished && !pod.isTerminating && selector.matches(pod.metadata.labels) {
                pods.append(pod)
                // A workload that is to go may have let the pod go on purpose.
                let condition = ClusterWrite.Condition.lives(Kind.resource, workload.objectName, uid: workload.uid)
                writes.append(
                    Self.write(Pod.resource, pod.metadata, pod.owners + [workload.ownership], if: condition)
                )
            }
        }
        pods.sort { $0.metadata.name < $1.metadata.name }
        writes.sort { $0.name < $1.name }
    }

    /// The request that gives an object its owners, as long as it is the one that is known.
    static func write(
        _ resource: ResourceType,
        _ metadata: ObjectMeta,
        _ owners: [OwnerReference],
        if condition: ClusterWrite.Condition? = nil
    ) -> ClusterWrite {
        ClusterWrite(
            resource,
            namespace: metadata.namespace,
            name: metadata.name,
            .patch(
                .merge,
                [
                    "metadata": [
                        "uid": .string(metadata.uid), "resourceVersion": .string(metadata.resourceVersion),
                        "ownerReferences": owners.isEmpty ? .null : .array(owners.map(\.json)),
                    ]
                ]
            ),
            if: condition
        )
    }

    /// The workloads of a kind that a change of a pod concerns: who answers for it or did, and for one that nobody
    /// answers for whoever would take it.
    static func keys<Kind: WorkloadKind>(
        for change: ObjectTable<Pod>.Change,
        among workloads: ObjectTable<Resource<Kind>>
    ) -> [ObjectName] {
        var keys: [ObjectName] = []
        for pod in [change.old, change.new].compactMap(\.self) {
            guard let owner = pod.controller, owner.kind == Kind.resource.kind else { continue }
            let key = ObjectName(namespace: pod.metadata.namespace, name: owner.name)
            if !keys.contains(key), workloads[key]?.uid == owner.uid { keys.append(key) }
        }
        guard let pod = change.new, pod.controller == nil, let namespace = pod.metadata.namespace else { return keys }
        for workload in workloads.objects(in: namespace) {
            guard workload.selector?.matches(pod.metadata.labels) == true else { continue }
            if !keys.contains(workload.objectName) { keys.append(workload.objectName) }
        }
        return keys
    }
}
