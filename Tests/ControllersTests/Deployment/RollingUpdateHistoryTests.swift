import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Rolling updates under any history")
struct RollingUpdateHistoryTests {
    private struct Limits {
        var replicas: Int
        var surge: Int
        var unavailable: Int
    }

    private static func limits(_ replicas: Int, _ surge: JSONValue, _ unavailable: JSONValue) -> Limits {
        func count(_ value: JSONValue, up: Bool) -> Int {
            guard let text = value.string, let percent = Int(text.dropLast()) else { return value.integer ?? 0 }
            return (replicas * percent + (up ? 99 : 0)) / 100
        }
        var (more, less) = (count(surge, up: true), count(unavailable, up: false))
        if more == 0, less == 0 { less = 1 }
        less = min(less, replicas)
        more = max(0, more)
        return Limits(replicas: replicas, surge: more, unavailable: less)
    }

    @Test(
        "Never more pods than the surge allows, never fewer available than promised, and then rest",
        arguments: 0..<12
    )
    func history(_ round: Int) throws {
        var random = SeededGenerator()
        for _ in 0..<round { _ = random.next() }
        let surge: JSONValue = ([0, 1, 3, "25%", "100%"] as [JSONValue]).randomElement(using: &random) ?? 1
        let unavailable: JSONValue = ([0, 1, 2, "25%", "60%"] as [JSONValue]).randomElement(using: &random) ?? 1
        let replicas = Int.random(in: 1...9, using: &random)
        let limits = Self.limits(replicas, surge, unavailable)
        var cluster = SimulatedCluster([ReplicaSetController(), DeploymentController()])
        let strategy: JSONValue = ["rollingUpdate": ["maxSurge": surge, "maxUnavailable": unavailable]]
        try cluster.create(
            DeploymentKind.resource,
            DeploymentControllerTests.deployment(replicas, ["strategy": strategy])
        )
        try cluster.settle()
        for pod in cluster.pods { try cluster.setPod(pod.metadata.name, isReady: true, node: "n0") }
        try cluster.settle()
        let note = Comment(rawValue: "\(random) round \(round): \(replicas) replicas, \(surge), \(unavailable)")
        for step in 0..<150 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0 where step < 100:
                let image = "v\(Int.random(in: 0..<4, using: &random))"
                try cluster.change(DeploymentKind.resource, "web") {
                    $0[path: "spec", "template", "spec", "containers"] = [["name": "c", "image": .string(image)]]
                }
            case 1...4:
                if let pod = cluster.activePods.filter({ !$0.isReady }).randomElement(using: &random) {
                    try cluster.setPod(pod.metadata.name, isReady: true, node: "n0")
                }
            case 5...6:
                if let pod = cluster.pods.filter(\.isTerminating).randomElement(using: &random) {
                    try cluster.remove(Pod.resource, pod.metadata.name)
                }
            default:
                for _ in 0..<Int.random(in: 1...4, using: &random) { _ = try cluster.step() }
            }
            #expect(cluster.activePods.count <= limits.replicas + limits.surge, note)
            let available = cluster.activePods.count { $0.isReady }
            #expect(available >= limits.replicas - limits.unavailable, note)
        }
        for _ in 0..<200 {
            try cluster.settle()
            let restless = cluster.pods.filter { !$0.isReady || $0.isTerminating }
            guard let pod = restless.randomElement(using: &random) else { break }
            if pod.isTerminating {
                try cluster.remove(Pod.resource, pod.metadata.name)
            } else {
                try cluster.setPod(pod.metadata.name, isReady: true, node: "n0")
            }
            #expect(cluster.activePods.count { $0.isReady } >= limits.replicas - limits.unavailable, note)
        }
        #expect(cluster.activePods.count == replicas, note)
        let status = cluster[DeploymentKind.resource, "web"]?["status"]
        #expect(status?["updatedReplicas"]?.integer == replicas, note)
        #expect(status?["availableReplicas"]?.integer == replicas, note)
        let key = ObjectName(namespace: "default", name: "web")
        let left = DeploymentController().reconcile(key, in: cluster.state, now: cluster.now)
        #expect(left.writes == [], note)
        #expect(left.again == nil, note)
    }
}
