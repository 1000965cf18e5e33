import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps the ReplicaSets of Deployments, and moves pods from the old ones to the one that has the template.
///
/// Source: `k8s.io/kubernetes/pkg/controller/deployment`.
public struct DeploymentController: Controller {
    /// The name in logs.
    public let name = "deployment-controller"

    /// The controller.
    public init() {}

    /// The Deployments that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .deployment(let change): [change.name]
        case .replicaSet(let change): Self.owners(of: change, in: state)
        case .pod(let change) where change.new?.isFinished ?? true: Self.waiting(for: change, in: state)
        default: []
        }
    }

    private static func owners(
        of change: ObjectTable<Resource<ReplicaSetKind>>.Change,
        in state: ClusterState
    ) -> [ObjectName] {
        var keys: Set<ObjectName> = []
        for replicaSet in [change.old, change.new].compactMap(\.self) {
            guard let owner = replicaSet.controller, owner.kind == DeploymentKind.resource.kind else { continue }
            keys.insert(ObjectName(namespace: replicaSet.metadata.namespace, name: owner.name))
        }
        if let orphan = change.new, orphan.controller == nil, let namespace = orphan.metadata.namespace {
            for deployment in state.deployments.objects(in: namespace)
            where deployment.selector?.matches(orphan.metadata.labels) == true {
                keys.insert(deployment.objectName)
            }
        }
        return keys.sorted()
    }

    /// Deployments that wait until the last old pod is gone (`Recreate`).
    private static func waiting(for change: ObjectTable<Pod>.Change, in state: ClusterState) -> [ObjectName] {
        guard let pod = change.old, let owner = pod.controller, owner.kind == ReplicaSetKind.resource.kind,
            let replicaSet = state.replicaSets[pod.metadata.namespace, owner.name],
            let deployment = replicaSet.controller, deployment.kind == DeploymentKind.resource.kind
        else { return [] }
        let key = ObjectName(namespace: pod.metadata.namespace, name: deployment.name)
        let strategy = state.deployments[key]?.value[path: "spec", "strategy", "type"]
        return strategy == "Recreate" ? [key] : []
    }

    /// What to do about a Deployment.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let deployment = state.deployments[key], let selector = deployment.selector else {
            return Reconciliation()
        }
        let (replicaSets, claims) = Self.replicaSets(of: deployment, selector, in: state)
        // Whose they are first: what follows counts with them.
        guard claims.isEmpty else { return Reconciliation(claims) }
        let facts = DeploymentFacts(deployment, replicaSets: replicaSets)
        var rollout = DeploymentRollout(facts, now: now)
        if !deployment.isGoing { rollout.proceed(in: state) }
        return rollout.reconciliation()
    }

    /// The ReplicaSets that it answers for, and the requests that make it so.
    private static func replicaSets(
        of deployment: Resource<DeploymentKind>,
        _ selector: LabelQuery,
        in state: ClusterState
    ) -> (present: [Resource<ReplicaSetKind>], claims: [ClusterWrite]) {
        var present: [Resource<ReplicaSetKind>] = []
        var claims: [ClusterWrite] = []
        let all = state.replicaSets.objects(in: deployment.metadata.namespace ?? "")
        for replicaSet in all.sorted(by: { $0.metadata.name < $1.metadata.name }) {
            let isMatch = selector.matches(replicaSet.metadata.labels)
            let owners = OwnerReference.all(in: replicaSet.value)
            if let owner = replicaSet.controller {
                guard owner.uid == deployment.uid else { continue }
                if isMatch || deployment.isGoing {
                    present.append(replicaSet)
                } else {
                    let others = owners.filter { $0.uid != deployment.uid }
                    claims.append(PodOwnership.write(ReplicaSetKind.resource, replicaSet.metadata, others))
                }
            } else if isMatch, !deployment.isGoing, !replicaSet.isGoing {
                // A Deployment that is to go may have let the ReplicaSet go on purpose.
                let write = PodOwnership.write(
                    ReplicaSetKind.resource,
                    replicaSet.metadata,
                    owners + [deployment.ownership],
                    if: .lives(DeploymentKind.resource, deployment.objectName, uid: deployment.uid)
                )
                claims.append(write)
            }
        }
        return (present, claims)
    }
}
