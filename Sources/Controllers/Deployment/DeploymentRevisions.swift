import JSON
import KubernetesAPI

/// The revisions of a Deployment, which its ReplicaSets have as annotations.
enum DeploymentRevisions {
    /// The revision of the ReplicaSet with the template: one more than all others.
    static func next(_ facts: DeploymentFacts) -> Int {
        let latest = facts.old.map { $0.number(DeploymentFacts.revision) }.max() ?? 0
        return latest < .max ? latest + 1 : latest
    }

    /// Gives a ReplicaSet a revision if it has a lower one, and remembers that one.
    static func raise(_ annotations: inout [String: String], to revision: Int) {
        let old = annotations[DeploymentFacts.revision]
        guard (old.flatMap { Int($0) } ?? 0) < revision else { return }
        annotations[DeploymentFacts.revision] = "\(revision)"
        guard let old, !old.isEmpty else { return }
        var history = (annotations[DeploymentFacts.revisionHistory] ?? "").split(separator: ",").map(String.init)
        history.append(old)
        annotations[DeploymentFacts.revisionHistory] = history.suffix(historyLimit).joined(separator: ",")
    }

    private static let historyLimit = 100

    /// Annotations of a Deployment that its ReplicaSets have, too.
    static func passedOn(_ annotations: [String: String]) -> [String: String] {
        annotations.filter { !kept.contains($0.key) }
    }

    private static let kept: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", DeploymentFacts.revision, DeploymentFacts.revisionHistory,
        DeploymentFacts.desiredReplicas, DeploymentFacts.maxReplicas, "deprecated.deployment.rollback.to",
    ]
}
