import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("All workload controllers and the scheduler together, under any history")
struct WorkloadHistoryTests {
    private func node(_ index: Int) -> JSONValue {
        [
            "metadata": ["name": .string("n\(index)"), "labels": ["zone": .string("z\(index % 2)")]],
            "status": ["allocatable": ["cpu": "4", "memory": "8Gi", "pods": "20"]],
        ]
    }

    private let agent: JSONValue = [
        "metadata": ["name": "agent"],
        "spec": [
            "selector": ["matchLabels": ["app": "agent"]],
            "template": [
                "metadata": ["labels": ["app": "agent"]],
                "spec": ["containers": [["name": "c", "image": "v1"]]],
            ],
        ],
    ]

    private func web() -> JSONValue {
        let spread: JSONValue = [
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": ["matchLabels": ["app": "web"]],
        ]
        var web = DeploymentControllerTests.deployment(4)
        web[path: "spec", "template", "spec", "topologySpreadConstraints"] = [spread]
        return web
    }

    private func setImage(_ resource: ResourceType, _ name: String, _ image: Int, _ cluster: inout SimulatedCluster)
        throws
    {
        try cluster.change(resource, name) {
            $0[path: "spec", "template", "spec", "containers"] = [["name": "c", "image": .string("v\(image)")]]
        }
    }

    /// One thing that people, kubelets or machines do.
    private func disturb(_ cluster: inout SimulatedCluster, _ random: inout SeededGenerator) throws {
        let pod = cluster.pods.randomElement(using: &random)
        let index = Int.random(in: 0..<6, using: &random)
        let isThere = cluster[NodeKind.resource, "n\(index)"] != nil
        switch Int.random(in: 0..<16, using: &random) {
        case 0: try setImage(DeploymentKind.resource, "web", index, &cluster)
        case 1: try setImage(DaemonSetKind.resource, "agent", index, &cluster)
        case 2: try cluster.change(DeploymentKind.resource, "web") { $0[path: "spec", "replicas"] = .integer(index) }
        case 3 where !isThere: try cluster.create(NodeKind.resource, node(index))
        case 4 where isThere && index > 1:
            try cluster.remove(NodeKind.resource, "n\(index)")
            // As the collector of such pods does.
            for pod in cluster.pods where pod.nodeName == "n\(index)" {
                try cluster.remove(Pod.resource, pod.metadata.name)
            }
        case 5 where isThere:
            let isOff = Bool.random(using: &random)
            try cluster.change(NodeKind.resource, "n\(index)") { $0[path: "spec", "unschedulable"] = .bool(isOff) }
        case 6:
            if let pod { try cluster.delete(Pod.resource, pod.metadata.name) }
        case 7:
            if let pod, !pod.nodeName.isEmpty {
                try cluster.setPod(pod.metadata.name, phase: "Failed", isReady: false)
            }
        case 8: cluster.now = cluster.now.advanced(by: .seconds(index))
        default: try tend(&cluster, &random)
        }
    }

    /// Lets a kubelet do something about a pod; false where there is nothing to do.
    @discardableResult
    private func tend(_ cluster: inout SimulatedCluster, _ random: inout SeededGenerator) throws -> Bool {
        let restless = cluster.pods.filter { pod in
            !pod.nodeName.isEmpty && (pod.isTerminating || !pod.isReady && !pod.isFinished)
        }
        guard let pod = restless.randomElement(using: &random) else { return false }
        if pod.isTerminating {
            try cluster.remove(Pod.resource, pod.metadata.name)
        } else {
            try cluster.setPod(pod.metadata.name, isReady: true)
        }
        return true
    }

    @Test("All comes to rest with the pods that are asked for, each on a node", arguments: 0..<8)
    func history(_ round: Int) throws {
        var random = SeededGenerator()
        for _ in 0..<round { _ = random.next() }
        let note = Comment(rawValue: "\(random) round \(round)")
        var cluster = SimulatedCluster([
            ReplicaSetController(), DeploymentController(), DaemonSetController(), SchedulerController(),
        ])
        for index in 0..<3 { try cluster.create(NodeKind.resource, node(index)) }
        try cluster.create(DaemonSetKind.resource, agent)
        try cluster.create(DeploymentKind.resource, web())
        for _ in 0..<200 {
            try disturb(&cluster, &random)
            for _ in 0..<Int.random(in: 0...5, using: &random) { _ = try cluster.step() }
        }
        for index in 0..<6 where cluster[NodeKind.resource, "n\(index)"] != nil {
            try cluster.change(NodeKind.resource, "n\(index)") { $0["spec"] = nil }
        }
        // The clock runs on so that failed pods of the DaemonSet are replaced.
        try cluster.pass(.seconds(15))
        for _ in 0..<500 {
            try cluster.settle()
            guard try tend(&cluster, &random) else { break }
        }
        let active = cluster.activePods
        let replicas = cluster[DeploymentKind.resource, "web"]?[path: "spec", "replicas"]?.integer
        #expect(active.count { $0.metadata.labels["app"] == "web" } == replicas, note)
        let agents = active.filter { $0.metadata.labels["app"] == "agent" }.map(\.nodeName).sorted()
        #expect(agents == cluster.state.nodes.objects.keys.map(\.name).sorted(), note)
        #expect(active.allSatisfy { $0.isReady && !$0.nodeName.isEmpty }, note)
        let status = cluster[DaemonSetKind.resource, "agent"]?["status"]
        #expect(status?["updatedNumberScheduled"]?.integer == agents.count, note)
        #expect(status?["numberUnavailable"] == nil, note)
        let deployment = cluster[DeploymentKind.resource, "web"]?["status"]
        #expect(deployment?["updatedReplicas"]?.integer ?? 0 == replicas, note)
        let writes = cluster.writeCount
        try cluster.pass(.seconds(3600))
        #expect(cluster.writeCount == writes, note)
    }
}
