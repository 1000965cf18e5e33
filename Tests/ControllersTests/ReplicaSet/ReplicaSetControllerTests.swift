import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("ReplicaSets keep their pods")
struct ReplicaSetControllerTests {
    private func replicaSet(_ replicas: Int, minReadySeconds: Int = 0) -> JSONValue {
        [
            "metadata": ["name": "web"],
            "spec": [
                "replicas": .integer(replicas), "minReadySeconds": .integer(minReadySeconds),
                "selector": ["matchLabels": ["app": "web"]],
                "template": [
                    "metadata": ["labels": ["app": "web"], "annotations": ["note": "x"], "finalizers": ["a.b/c"]],
                    "spec": ["containers": [["name": "c", "image": "i"]]],
                ],
            ],
        ]
    }

    private func cluster(_ replicas: Int, minReadySeconds: Int = 0) throws -> SimulatedCluster {
        var cluster = SimulatedCluster([ReplicaSetController()])
        try cluster.create(ReplicaSetKind.resource, replicaSet(replicas, minReadySeconds: minReadySeconds))
        try cluster.settle()
        return cluster
    }

    private func status(_ cluster: SimulatedCluster) -> JSONValue? {
        cluster[ReplicaSetKind.resource, "web"]?["status"]
    }

    @Test("As many pods as asked for are made from the template, and are owned")
    func creates() throws {
        var cluster = try cluster(3)
        #expect(cluster.activePods.count == 3)
        let name = try #require(cluster.pods.first?.metadata.name)
        let pod = try #require(cluster[Pod.resource, name])
        #expect(name.hasPrefix("web-"))
        #expect(pod[path: "metadata", "labels"] == ["app": "web"])
        #expect(pod[path: "metadata", "annotations"] == ["note": "x"])
        #expect(pod[path: "metadata", "finalizers"] == ["a.b/c"])
        #expect(pod[path: "metadata", "ownerReferences"]?[0]?["controller"] == true)
        #expect(status(cluster)?["replicas"] == 3)
        #expect(status(cluster)?["fullyLabeledReplicas"] == 3)
        #expect(status(cluster)?["readyReplicas"] == nil)
        #expect(status(cluster)?["observedGeneration"] == 1)
        for pod in cluster.pods { try cluster.setPod(pod.metadata.name, isReady: true, node: "n0") }
        try cluster.settle()
        #expect(status(cluster)?["readyReplicas"] == 3)
        #expect(status(cluster)?["availableReplicas"] == 3)
        let writes = cluster.writeCount
        try cluster.settle()
        #expect(cluster.writeCount == writes)
    }

    @Test("A pod that ends, fails or goes has a successor")
    func replaces() throws {
        var cluster = try cluster(2)
        let names = cluster.pods.map(\.metadata.name)
        try cluster.setPod(names[0], phase: "Failed", isReady: false, node: "n0")
        try cluster.delete(Pod.resource, names[1])
        try cluster.settle()
        #expect(cluster.activePods.count == 2)
        #expect(cluster.activePods.allSatisfy { !names.contains($0.metadata.name) })
    }

    @Test("Of pods that are too many, those go first that are worth least")
    func ranking() throws {
        var cluster = try cluster(6)
        let names = cluster.pods.map(\.metadata.name)
        // 0 has no node; 1 is pending on a node; 2 runs; 3 is ready; 4 is ready and cheap; 5 is ready for longer.
        try cluster.setPod(names[1], phase: "Pending", isReady: false, node: "n1")
        try cluster.setPod(names[2], isReady: false, node: "n2")
        try cluster.setPod(names[5], isReady: true, node: "n5")
        try cluster.change(Pod.resource, names[4]) {
            $0[path: "metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"] = "-5"
        }
        cluster.now = cluster.now.advanced(by: .seconds(5000))
        try cluster.setPod(names[3], isReady: true, node: "n3")
        try cluster.setPod(names[4], isReady: true, node: "n4")
        for (left, gone) in zip(stride(from: 5, to: 0, by: -1), [0, 1, 2, 4, 3]) {
            try cluster.change(ReplicaSetKind.resource, "web") { $0[path: "spec", "replicas"] = .integer(left) }
            try cluster.settle()
            let active = cluster.activePods.map(\.metadata.name)
            #expect(active.count == left)
            #expect(!active.contains(names[gone]), "\(left) left")
        }
    }

    @Test("Of pods that are worth the same, those go that share a node")
    func doubledUp() throws {
        var cluster = try cluster(3)
        let names = cluster.pods.map(\.metadata.name)
        for (name, node) in zip(names, ["a", "b", "b"]) { try cluster.setPod(name, isReady: true, node: node) }
        try cluster.change(ReplicaSetKind.resource, "web") { $0[path: "spec", "replicas"] = 2 }
        try cluster.settle()
        #expect(Set(cluster.activePods.map(\.nodeName)) == ["a", "b"])
    }

    @Test("A pod is taken only by a ReplicaSet that the server says is there and not to go")
    func adopterLives() throws {
        var test = StateUnderTest()
        try test.put(Pod.resource, ["metadata": ["name": "stray", "namespace": "default", "labels": ["app": "web"]]])
        var web = replicaSet(1)
        web[path: "metadata", "namespace"] = "default"
        try test.put(ReplicaSetKind.resource, web)
        let name = ObjectName(namespace: "default", name: "web")
        let uid = try #require(test.state.replicaSets[name]?.metadata.uid)
        let writes = ReplicaSetController().reconcile(name, in: test.state, now: Timestamp(seconds: 0)).writes
        let condition = try #require(writes.first { $0.name == "stray" }?.condition)
        #expect(condition == .lives(ReplicaSetKind.resource, name, uid: uid))
        #expect(condition.holds(for: ObjectMeta(name: "web", uid: uid)))
        #expect(!condition.holds(for: nil))
        #expect(!condition.holds(for: ObjectMeta(name: "web", uid: "another")))
        #expect(!condition.holds(for: ObjectMeta(name: "web", uid: uid, deletionTimestamp: Timestamp(seconds: 1))))
    }

    @Test("Pods that nobody owns are taken, and those that match no more are let go")
    func adoption() throws {
        var cluster = SimulatedCluster([ReplicaSetController()])
        let metadata: JSONValue = ["name": "stray", "labels": ["app": "web"]]
        try cluster.create(Pod.resource, ["metadata": metadata, "spec": ["nodeName": "n0"]])
        try cluster.create(ReplicaSetKind.resource, replicaSet(2))
        try cluster.settle()
        #expect(cluster.activePods.count == 2)
        #expect(cluster.pods.allSatisfy { $0.controller?.name == "web" })
        try cluster.change(Pod.resource, "stray") { $0[path: "metadata", "labels", "app"] = "other" }
        try cluster.settle()
        #expect(cluster.state.pods["default", "stray"]?.owners == [])
        #expect(cluster.pods.count == 3)
        // It comes back, and one is too many.
        try cluster.change(Pod.resource, "stray") { $0[path: "metadata", "labels", "app"] = "web" }
        try cluster.settle()
        #expect(cluster.activePods.count == 2)
    }

    @Test("A pod is available once it was ready for long enough")
    func minReady() throws {
        var cluster = try cluster(1, minReadySeconds: 30)
        try cluster.setPod(try #require(cluster.pods.first).metadata.name, isReady: true, node: "n0")
        try cluster.settle()
        #expect(status(cluster)?["readyReplicas"] == 1)
        #expect(status(cluster)?["availableReplicas"] == nil)
        try cluster.pass(.seconds(29))
        #expect(status(cluster)?["availableReplicas"] == nil)
        try cluster.pass(.seconds(1))
        #expect(status(cluster)?["availableReplicas"] == 1)
    }

    @Test("That pods are refused is told, and not tried with all of them")
    func refused() throws {
        var cluster = SimulatedCluster([ReplicaSetController()])
        cluster.refusal = { write in
            if write.resource == Pod.resource, case .create = write.action { "exceeded quota" } else { nil }
        }
        try cluster.create(ReplicaSetKind.resource, replicaSet(3))
        try cluster.settle()
        let condition = status(cluster)?["conditions"]?[0]
        #expect(condition?["type"] == "ReplicaFailure")
        #expect(condition?["reason"] == "FailedCreate")
        #expect(cluster.events.first?.message == "Error creating: exceeded quota")
        // The condition is a change, after which it is tried once more.
        #expect(cluster.events.count <= 2)
        cluster.refusal = { _ in nil }
        try cluster.pass(.seconds(1))
        #expect(cluster.activePods.count == 3)
        #expect(status(cluster)?["conditions"] == nil)
    }

    @Test("Pods stay where their ReplicaSet is going, and are made in batches")
    func goingAndBatches() throws {
        var cluster = try cluster(2)
        try cluster.change(ReplicaSetKind.resource, "web") {
            $0[path: "metadata", "deletionTimestamp"] = "2027-01-15T08:00:00Z"
            $0[path: "spec", "replicas"] = 5
        }
        try cluster.settle()
        #expect(cluster.activePods.count == 2)
        var object = replicaSet(ReplicaSetController.batch + 20)
        object[path: "metadata", "name"] = "large"
        object[path: "spec", "selector"] = ["matchLabels": ["app": "large"]]
        object[path: "spec", "template", "metadata", "labels"] = ["app": "large"]
        try cluster.create(ReplicaSetKind.resource, object)
        let key = ObjectName(namespace: "default", name: "large")
        let first = ReplicaSetController().reconcile(key, in: cluster.state, now: cluster.now)
        #expect(first.writes.count { $0.resource == Pod.resource } == ReplicaSetController.batch)
    }
}
