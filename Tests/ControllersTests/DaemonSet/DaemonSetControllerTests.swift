import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("DaemonSets have one pod on each node that suits")
struct DaemonSetControllerTests {
    private func cluster(nodes: Int, _ spec: JSONValue = [:]) throws -> SimulatedCluster {
        var cluster = SimulatedCluster([DaemonSetController()])
        for index in 0..<nodes { try cluster.create(NodeKind.resource, ["metadata": ["name": .string("n\(index)")]]) }
        var all: JSONValue = [
            "selector": ["matchLabels": ["app": "agent"]],
            "template": [
                "metadata": ["labels": ["app": "agent"]],
                "spec": ["containers": [["name": "c", "image": "v1"]]],
            ],
        ]
        for member in spec.object?.members ?? [] { all[member.name] = member.value }
        try cluster.create(DaemonSetKind.resource, ["metadata": ["name": "agent"], "spec": all])
        try cluster.settle()
        return cluster
    }

    /// The node that a pod names in its affinity.
    private func target(_ pod: Pod, _ cluster: SimulatedCluster) -> String {
        cluster[Pod.resource, pod.metadata.name]?[
            path: "spec",
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms"
        ]?[0]?["matchFields"]?[0]?["values"]?[0]?.string ?? ""
    }

    private func targets(_ cluster: SimulatedCluster) -> [String] {
        cluster.activePods.map { target($0, cluster) }.sorted()
    }

    private func start(_ pod: Pod, _ cluster: inout SimulatedCluster) throws {
        try cluster.setPod(pod.metadata.name, isReady: true, node: target(pod, cluster))
    }

    private func startAll(_ cluster: inout SimulatedCluster) throws {
        for pod in cluster.activePods where !pod.isReady { try start(pod, &cluster) }
        try cluster.settle()
    }

    private func setImage(_ image: String, _ cluster: inout SimulatedCluster) throws {
        try cluster.change(DaemonSetKind.resource, "agent") {
            $0[path: "spec", "template", "spec", "containers"] = [["name": "c", "image": .string(image)]]
        }
        try cluster.settle()
    }

    private func status(_ cluster: SimulatedCluster) -> JSONValue? {
        cluster[DaemonSetKind.resource, "agent"]?["status"]
    }

    @Test("Each node gets a pod that names it and tolerates what is the node's matter")
    func onePerNode() throws {
        var cluster = try cluster(nodes: 3)
        #expect(targets(cluster) == ["n0", "n1", "n2"])
        let pod = try #require(cluster[Pod.resource, cluster.pods[0].metadata.name])
        let tolerations = pod[path: "spec", "tolerations"]?.array ?? []
        #expect(tolerations.count == 6)
        #expect(
            tolerations.first == ["key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"]
        )
        #expect(pod[path: "metadata", "labels", "controller-revision-hash"] != nil)
        #expect(status(cluster)?["desiredNumberScheduled"] == 3)
        #expect(status(cluster)?["numberUnavailable"] == 3)
        try startAll(&cluster)
        for name in ["numberReady", "numberAvailable", "updatedNumberScheduled", "currentNumberScheduled"] {
            #expect(status(cluster)?[name] == 3, "\(name)")
        }
        #expect(status(cluster)?["numberMisscheduled"] == 0)
    }

    @Test("Nodes that come get a pod; pods that wait for a node that went are deleted")
    func nodesComeAndGo() throws {
        var cluster = try cluster(nodes: 1)
        try cluster.create(NodeKind.resource, ["metadata": ["name": "late"]])
        try cluster.settle()
        #expect(targets(cluster) == ["late", "n0"])
        try cluster.remove(NodeKind.resource, "late")
        try cluster.settle()
        #expect(targets(cluster) == ["n0"])
        #expect(status(cluster)?["desiredNumberScheduled"] == 1)
    }

    @Test("Selector and taints decide; only taints that evict end a pod that is there")
    func eligibility() throws {
        var cluster = try cluster(
            nodes: 2,
            [
                "template": [
                    "metadata": ["labels": ["app": "agent"]],
                    "spec": ["nodeSelector": ["disk": "ssd"], "containers": []],
                ]
            ]
        )
        #expect(targets(cluster) == [])
        try cluster.change(NodeKind.resource, "n1") { $0[path: "metadata", "labels", "disk"] = "ssd" }
        try cluster.settle()
        #expect(targets(cluster) == ["n1"])
        try startAll(&cluster)
        try cluster.change(NodeKind.resource, "n1") {
            $0[path: "spec", "taints"] = [["key": "a", "effect": "NoSchedule"]]
        }
        try cluster.settle()
        #expect(cluster.activePods.count == 1)
        #expect(status(cluster)?["desiredNumberScheduled"] == 0)
        #expect(status(cluster)?["numberMisscheduled"] == 1)
        try cluster.change(NodeKind.resource, "n1") {
            $0[path: "spec", "taints"] = [["key": "a", "effect": "NoExecute"]]
        }
        try cluster.settle()
        #expect(cluster.activePods.isEmpty)
    }

    @Test("Of two pods on a node the older one stays; a failed one is replaced after a while")
    func duplicatesAndFailures() throws {
        var cluster = try cluster(nodes: 1)
        try startAll(&cluster)
        let first = try #require(cluster.pods.first)
        cluster.now = cluster.now.advanced(by: .seconds(60))
        var twin = try #require(cluster[Pod.resource, first.metadata.name])
        twin[path: "metadata", "name"] = "twin"
        try cluster.create(Pod.resource, twin)
        try cluster.settle()
        #expect(cluster.activePods.map(\.metadata.name) == [first.metadata.name])
        try cluster.remove(Pod.resource, "twin")
        try cluster.delete(Pod.resource, first.metadata.name)
        try cluster.remove(Pod.resource, first.metadata.name)
        try cluster.settle()
        let second = try #require(cluster.pods.first)
        try cluster.setPod(second.metadata.name, phase: "Failed", isReady: false, node: "n0")
        try cluster.settle()
        #expect(!cluster.pods[0].isTerminating)
        try cluster.pass(.seconds(11))
        #expect(cluster.pods[0].isTerminating)
    }

    @Test("A rolling update takes as many pods at a time as may be missing")
    func rolling() throws {
        var cluster = try cluster(nodes: 5, ["updateStrategy": ["rollingUpdate": ["maxUnavailable": 2]]])
        try startAll(&cluster)
        try setImage("v2", &cluster)
        #expect(cluster.pods.count { $0.isTerminating } == 2)
        #expect(status(cluster)?["updatedNumberScheduled"] == nil)
        var random = SeededGenerator()
        for _ in 0..<200 {
            try cluster.settle()
            let restless = cluster.pods.filter { !$0.isReady || $0.isTerminating }
            guard let pod = restless.randomElement(using: &random) else { break }
            if pod.isTerminating {
                try cluster.remove(Pod.resource, pod.metadata.name)
            } else {
                try start(pod, &cluster)
            }
            #expect(cluster.activePods.count { $0.isReady } >= 3, "\(random)")
        }
        #expect(status(cluster)?["updatedNumberScheduled"] == 5)
        #expect(status(cluster)?["numberAvailable"] == 5)
        #expect(targets(cluster) == ["n0", "n1", "n2", "n3", "n4"])
    }

    @Test("With a surge the new pod is there before the old one goes")
    func surge() throws {
        var cluster = try cluster(
            nodes: 3,
            ["updateStrategy": ["rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]]]
        )
        try startAll(&cluster)
        try setImage("v2", &cluster)
        #expect(cluster.activePods.count == 4)
        for _ in 0..<50 {
            #expect(cluster.activePods.count { $0.isReady } >= 3)
            #expect(cluster.activePods.count <= 4)
            for pod in cluster.pods.filter(\.isTerminating) { try cluster.remove(Pod.resource, pod.metadata.name) }
            try cluster.settle()
            guard let pod = cluster.activePods.first(where: { !$0.isReady }) else { break }
            try start(pod, &cluster)
            try cluster.settle()
        }
        #expect(status(cluster)?["updatedNumberScheduled"] == 3)
        #expect(cluster.pods.count == 3)
    }

    @Test("OnDelete changes pods only when people delete them")
    func onDelete() throws {
        var cluster = try cluster(nodes: 2, ["updateStrategy": ["type": "OnDelete"]])
        try startAll(&cluster)
        try setImage("v2", &cluster)
        #expect(cluster.activePods.count == 2)
        let name = cluster.pods[0].metadata.name
        try cluster.delete(Pod.resource, name)
        try cluster.remove(Pod.resource, name)
        try cluster.settle()
        #expect(status(cluster)?["updatedNumberScheduled"] == 1)
        #expect(cluster.activePods.count == 2)
    }
}
