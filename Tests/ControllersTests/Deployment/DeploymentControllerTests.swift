import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Deployments and their ReplicaSets")
struct DeploymentControllerTests {
    static func deployment(_ replicas: Int, image: String = "v1", _ spec: JSONValue = [:]) -> JSONValue {
        var all: JSONValue = [
            "replicas": .integer(replicas), "selector": ["matchLabels": ["app": "web"]],
            "progressDeadlineSeconds": 600, "revisionHistoryLimit": 2,
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]],
            "template": [
                "metadata": ["labels": ["app": "web"]],
                "spec": ["containers": [["name": "c", "image": .string(image)]]],
            ],
        ]
        for member in spec.object?.members ?? [] { all[member.name] = member.value }
        return ["metadata": ["name": "web", "annotations": ["team": "a"]], "spec": all]
    }

    private func cluster(_ replicas: Int, _ spec: JSONValue = [:]) throws -> SimulatedCluster {
        var cluster = SimulatedCluster([ReplicaSetController(), DeploymentController()])
        try cluster.create(DeploymentKind.resource, Self.deployment(replicas, spec))
        try cluster.settle()
        return cluster
    }

    private func setImage(_ image: String, _ cluster: inout SimulatedCluster) throws {
        try cluster.change(DeploymentKind.resource, "web") {
            $0[path: "spec", "template", "spec", "containers"] = [["name": "c", "image": .string(image)]]
        }
        try cluster.settle()
    }

    /// Lets all pods run and those that end be gone, until nothing moves.
    private func run(_ cluster: inout SimulatedCluster) throws {
        for _ in 0..<200 {
            let restless = cluster.pods.filter { !$0.isReady || $0.isTerminating }
            guard !restless.isEmpty else { return }
            for pod in restless {
                if pod.isTerminating {
                    try cluster.remove(Pod.resource, pod.metadata.name)
                } else {
                    try cluster.setPod(pod.metadata.name, isReady: true, node: "n0")
                }
            }
            try cluster.settle()
        }
        Issue.record("the rollout does not end")
    }

    private func status(_ cluster: SimulatedCluster) -> JSONValue? {
        cluster[DeploymentKind.resource, "web"]?["status"]
    }

    private func condition(_ cluster: SimulatedCluster, _ type: String) -> JSONValue? {
        status(cluster)?["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    private func replicaSets(_ cluster: SimulatedCluster) -> [Resource<ReplicaSetKind>] {
        func revision(_ set: Resource<ReplicaSetKind>) -> String {
            set.value[path: "metadata", "annotations", "deployment.kubernetes.io/revision"]?.string ?? ""
        }
        return cluster.state.replicaSets.objects.values.sorted { revision($0) < revision($1) }
    }

    private func image(_ set: Resource<ReplicaSetKind>) -> String? {
        set.value[path: "spec", "template", "spec", "containers"]?[0]?["image"]?.string
    }

    @Test("The first ReplicaSet has the template, its hash, and all replicas")
    func first() throws {
        var cluster = try cluster(3)
        let set = try #require(replicaSets(cluster).first)
        let hash = try #require(set.metadata.labels["pod-template-hash"])
        #expect(set.metadata.name == "web-\(hash)")
        #expect(
            set.value[path: "spec", "selector", "matchLabels"] == ["app": "web", "pod-template-hash": .string(hash)]
        )
        #expect(set.value[path: "spec", "template", "metadata", "labels", "pod-template-hash"]?.string == hash)
        let annotations = set.value[path: "metadata", "annotations"]
        #expect(annotations?["deployment.kubernetes.io/desired-replicas"] == "3")
        #expect(annotations?["deployment.kubernetes.io/max-replicas"] == "4")
        #expect(annotations?["team"] == "a")
        #expect(cluster.activePods.count == 3)
        #expect(cluster.activePods.allSatisfy { $0.metadata.labels["pod-template-hash"] == hash })
        #expect(condition(cluster, "Available")?["status"] == "False")
        #expect(status(cluster)?["unavailableReplicas"] == 3)
        try run(&cluster)
        #expect(condition(cluster, "Available")?["status"] == "True")
        #expect(condition(cluster, "Progressing")?["reason"] == "NewReplicaSetAvailable")
        #expect(status(cluster)?["updatedReplicas"] == 3)
        #expect(status(cluster)?["availableReplicas"] == 3)
        #expect(status(cluster)?["unavailableReplicas"] == nil)
        let revision = cluster[DeploymentKind.resource, "web"]?[
            path: "metadata",
            "annotations",
            "deployment.kubernetes.io/revision"
        ]
        #expect(revision == "1")
        #expect(cluster.events.first?.message == "Scaled up replica set web-\(hash) from 0 to 3")
    }

    @Test("A new template rolls out in steps; undoing it takes the old ReplicaSet again, as a new revision")
    func rollout() throws {
        var cluster = try cluster(3)
        try run(&cluster)
        try setImage("v2", &cluster)
        #expect(condition(cluster, "Progressing")?["reason"] != "NewReplicaSetAvailable")
        #expect(cluster.activePods.count == 4)
        try run(&cluster)
        #expect(replicaSets(cluster).map { $0.value[path: "spec", "replicas"] } == [0, 3])
        #expect(condition(cluster, "Progressing")?["reason"] == "NewReplicaSetAvailable")
        try setImage("v1", &cluster)
        try run(&cluster)
        let sets = replicaSets(cluster)
        #expect(sets.count == 2)
        #expect(sets.map { image($0) } == ["v2", "v1"])
        let annotations = sets.last?.value[path: "metadata", "annotations"]
        #expect(annotations?["deployment.kubernetes.io/revision"] == "3")
        #expect(annotations?["deployment.kubernetes.io/revision-history"] == "1")
        #expect(cluster.activePods.count == 3)
    }

    @Test("As many old ReplicaSets stay as the history limit says, the latest ones")
    func history() throws {
        var cluster = try cluster(1)
        try run(&cluster)
        for image in ["v2", "v3", "v4", "v5"] {
            try setImage(image, &cluster)
            try run(&cluster)
        }
        #expect(replicaSets(cluster).map { image($0) } == ["v3", "v4", "v5"])
    }

    @Test("Recreate waits until the last old pod is gone")
    func recreate() throws {
        var cluster = try cluster(2, ["strategy": ["type": "Recreate"]])
        try run(&cluster)
        try setImage("v2", &cluster)
        let ending = cluster.pods
        #expect(ending.count == 2)
        #expect(ending.allSatisfy { $0.isTerminating })
        try cluster.remove(Pod.resource, ending[0].metadata.name)
        try cluster.settle()
        #expect(cluster.activePods.isEmpty)
        try cluster.remove(Pod.resource, ending[1].metadata.name)
        try cluster.settle()
        #expect(cluster.activePods.count == 2)
        try run(&cluster)
        #expect(condition(cluster, "Progressing")?["reason"] == "NewReplicaSetAvailable")
    }

    @Test("A paused Deployment rolls nothing out, but is scaled")
    func paused() throws {
        var cluster = try cluster(2)
        try run(&cluster)
        try cluster.change(DeploymentKind.resource, "web") { $0[path: "spec", "paused"] = true }
        try setImage("v2", &cluster)
        #expect(replicaSets(cluster).count == 1)
        #expect(condition(cluster, "Progressing")?["reason"] == "DeploymentPaused")
        try cluster.change(DeploymentKind.resource, "web") { $0[path: "spec", "replicas"] = 4 }
        try run(&cluster)
        try cluster.settle()
        try run(&cluster)
        #expect(cluster.activePods.count == 4)
        try cluster.change(DeploymentKind.resource, "web") { $0[path: "spec", "paused"] = nil }
        try cluster.settle()
        try run(&cluster)
        #expect(replicaSets(cluster).map { image($0) } == ["v1", "v2"])
        #expect(condition(cluster, "Progressing")?["reason"] == "NewReplicaSetAvailable")
    }

    @Test("A rollout that makes no progress in time failed, and says so")
    func deadline() throws {
        var cluster = try cluster(2)
        try run(&cluster)
        try setImage("bad", &cluster)
        try cluster.pass(.seconds(599))
        #expect(condition(cluster, "Progressing")?["status"] == "True")
        try cluster.pass(.seconds(2))
        #expect(condition(cluster, "Progressing")?["status"] == "False")
        #expect(condition(cluster, "Progressing")?["reason"] == "ProgressDeadlineExceeded")
        #expect(cluster.activePods.count { $0.isReady } == 2)
        try setImage("v3", &cluster)
        try run(&cluster)
        #expect(condition(cluster, "Progressing")?["reason"] == "NewReplicaSetAvailable")
    }

    @Test("Scaling in the middle of a rollout gives each ReplicaSet its part")
    func proportional() throws {
        var cluster = try cluster(
            10,
            ["strategy": ["rollingUpdate": ["maxSurge": 3, "maxUnavailable": 2]]]
        )
        try run(&cluster)
        try setImage("v2", &cluster)
        #expect(replicaSets(cluster).map { $0.value[path: "spec", "replicas"] } == [8, 5])
        try cluster.change(DeploymentKind.resource, "web") { $0[path: "spec", "replicas"] = 15 }
        try cluster.settle()
        // Upstream's example: 13 grow to 18, of which the older one, which is larger, gets three.
        #expect(replicaSets(cluster).map { $0.value[path: "spec", "replicas"] } == [11, 7])
        try run(&cluster)
        #expect(replicaSets(cluster).map { $0.value[path: "spec", "replicas"] } == [0, 15])
    }

    @Test("A name that another ReplicaSet has makes another hash")
    func collision() throws {
        var cluster = try cluster(1)
        let name = try #require(replicaSets(cluster).first).metadata.name
        var other = SimulatedCluster([ReplicaSetController(), DeploymentController()])
        try other.create(
            ReplicaSetKind.resource,
            [
                "metadata": ["name": .string(name), "labels": ["app": "other"]],
                "spec": [
                    "replicas": 0, "selector": ["matchLabels": ["app": "other"]],
                    "template": ["metadata": ["labels": ["app": "other"]]],
                ],
            ]
        )
        try other.create(DeploymentKind.resource, Self.deployment(1))
        try other.settle()
        #expect(status(other)?["collisionCount"] == 1)
        #expect(other.activePods.count == 1)
        try cluster.settle()
    }

    @Test(
        "A ReplicaSet that a deleted Deployment let go is not taken again by who does not know yet that it is deleted"
    )
    func orphan() throws {
        var cluster = try cluster(2)
        try run(&cluster)
        cluster.lag(DeploymentKind.resource)
        // As the garbage collector does before it lets the Deployment go.
        let name = try #require(replicaSets(cluster).first?.metadata.name)
        try cluster.change(ReplicaSetKind.resource, name) { $0[path: "metadata", "ownerReferences"] = nil }
        try cluster.remove(DeploymentKind.resource, "web")
        try cluster.pass(.seconds(5))
        #expect(cluster.state.deployments.count == 1)
        #expect(cluster[ReplicaSetKind.resource, name]?[path: "metadata", "ownerReferences"] == nil)
        try cluster.hear(of: DeploymentKind.resource)
        try cluster.pass(.seconds(5))
        #expect(cluster[ReplicaSetKind.resource, name]?[path: "metadata", "ownerReferences"] == nil)
        #expect(cluster.activePods.count == 2)
    }

    @Test("A ReplicaSet that nobody owns is taken, with its pods")
    func adoption() throws {
        var cluster = SimulatedCluster([ReplicaSetController(), DeploymentController()])
        let deployment = Self.deployment(2)
        try cluster.create(
            ReplicaSetKind.resource,
            [
                "metadata": ["name": "web-old", "labels": ["app": "web"]],
                "spec": [
                    "replicas": 2, "selector": ["matchLabels": ["app": "web"]],
                    "template": deployment[path: "spec", "template"] ?? [:],
                ],
            ]
        )
        try cluster.create(DeploymentKind.resource, deployment)
        try cluster.settle()
        try run(&cluster)
        #expect(replicaSets(cluster).map(\.metadata.name) == ["web-old"])
        #expect(replicaSets(cluster).first?.controller?.name == "web")
        #expect(condition(cluster, "Available")?["status"] == "True")
    }
}
