import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("The scheduler under any history")
struct SchedulerHistoryTests {
    private func node(_ name: String, cpu: Int) -> JSONValue {
        [
            "metadata": ["name": .string(name), "labels": ["zone": .string("z\(cpu % 3)")]],
            "status": [
                "allocatable": ["cpu": .integer(cpu), "memory": .string("\(cpu)Gi"), "pods": .integer(cpu + 2)]
            ],
        ]
    }

    private func pod(_ name: String, cpu: Int, memory: Int, hostPort: Int?) -> JSONValue {
        let requests: JSONValue = ["cpu": .string("\(cpu)m"), "memory": .string("\(memory)Mi")]
        var container: JSONValue = ["name": "c", "resources": ["requests": requests]]
        if let hostPort { container["ports"] = [["containerPort": 80, "hostPort": .integer(hostPort)]] }
        return ["metadata": ["name": .string(name)], "spec": ["containers": [container]]]
    }

    /// What the pods of each node ask for together, counted anew.
    private func expectNoNodeIsOverfull(_ cluster: SimulatedCluster, _ note: Comment) throws {
        let byNode = Dictionary(
            grouping: try cluster.storedPods().filter { !$0.isFinished && !$0.nodeName.isEmpty },
            by: \.nodeName
        )
        for (name, pods) in byNode {
            guard let node = cluster[NodeKind.resource, name] else { continue }
            let size = node[path: "status", "allocatable", "cpu"]?.integer ?? 0
            #expect(pods.reduce(0) { $0 + $1.requestedCPU } <= Int64(size) * 1000, note)
            #expect(pods.reduce(0) { $0 + $1.requestedMemory } <= Int64(size) << 30, note)
            #expect(pods.count <= size + 2, note)
            let ports = pods.flatMap(\.hostPorts)
            #expect(Set(ports).count == ports.count, note)
        }
    }

    @Test(
        "No node is ever overfull, however late is known what happens to pods, and no pod waits that could run",
        arguments: 0..<6,
        [false, true]
    )
    func history(_ round: Int, isLate: Bool) throws {
        var random = SeededGenerator()
        for _ in 0..<round { _ = random.next() }
        let note = Comment(rawValue: "\(random) round \(round)\(isLate ? ", late" : "")")
        var cluster = SimulatedCluster([SchedulerController()])
        if isLate { cluster.lag(Pod.resource) }
        for index in 0..<4 {
            try cluster.create(NodeKind.resource, node("n\(index)", cpu: .random(in: 1...6, using: &random)))
        }
        for step in 0..<120 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...4:
                let port = Int.random(in: 0..<5, using: &random) == 0 ? 8080 : nil
                let made = pod(
                    "p\(step)",
                    cpu: .random(in: 0...2500, using: &random),
                    memory: .random(in: 0...1500, using: &random),
                    hostPort: port
                )
                try cluster.create(Pod.resource, made)
            case 5...6:
                guard let gone = try cluster.storedPods().randomElement(using: &random) else { continue }
                try cluster.remove(Pod.resource, gone.metadata.name)
            case 7:
                let bound = try cluster.storedPods().filter { !$0.nodeName.isEmpty }
                guard let ended = bound.randomElement(using: &random) else { continue }
                try cluster.setPod(ended.metadata.name, phase: "Succeeded", isReady: false)
            case 8:
                let isOff = Bool.random(using: &random)
                try cluster.change(NodeKind.resource, "n\(Int.random(in: 0..<4, using: &random))") {
                    $0[path: "spec", "unschedulable"] = .bool(isOff)
                }
            default:
                for _ in 0..<3 { _ = try cluster.step() }
            }
            if isLate {
                // Somebody says something about a pod, which the watch may tell when it is bound already.
                if let pod = try cluster.storedPods().randomElement(using: &random) {
                    try cluster.change(Pod.resource, pod.metadata.name) {
                        $0[path: "metadata", "annotations", "step"] = .string("\(step)")
                    }
                }
                try cluster.hear(.random(in: 0..<4, using: &random), of: Pod.resource)
            }
            try expectNoNodeIsOverfull(cluster, note)
        }
        for index in 0..<4 { try cluster.change(NodeKind.resource, "n\(index)") { $0["spec"] = nil } }
        for _ in 0..<3 {
            try cluster.hear(of: Pod.resource)
            try cluster.pass(.seconds(1))
        }
        try expectNoNodeIsOverfull(cluster, note)
        for pod in cluster.pods where pod.nodeName.isEmpty && !pod.isFinished {
            let left = SchedulerController().reconcile(ObjectName(pod.metadata), in: cluster.state, now: cluster.now)
            #expect(!left.writes.contains { $0.subresource == "binding" }, note)
        }
    }

    @Test("Many pods over many nodes are spread evenly, and quickly")
    func many() throws {
        var cluster = SimulatedCluster([SchedulerController()])
        for index in 0..<100 { try cluster.create(NodeKind.resource, node("n\(index)", cpu: 30)) }
        for index in 0..<1000 {
            var member = pod("p\(index)", cpu: 100, memory: 100, hostPort: nil)
            member[path: "metadata", "ownerReferences"] = [
                ["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", "controller": true]
            ]
            try cluster.create(Pod.resource, member)
        }
        try cluster.settle()
        let counts = Dictionary(grouping: cluster.pods, by: \.nodeName).mapValues(\.count)
        #expect(counts.count == 100)
        #expect(counts.values.allSatisfy { $0 == 10 })
    }
}
