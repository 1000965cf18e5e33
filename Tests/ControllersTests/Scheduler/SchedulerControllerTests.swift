import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("The scheduler gives pods a node")
struct SchedulerControllerTests {
    private func node(_ name: String, labels: JSONValue = [:], cpu: String = "4", _ spec: JSONValue = [:]) -> JSONValue
    {
        [
            "metadata": ["name": .string(name), "labels": labels], "spec": spec,
            "status": ["allocatable": ["cpu": .string(cpu), "memory": "8Gi", "pods": "110"]],
        ]
    }

    private func pod(_ name: String, labels: JSONValue = ["app": "a"], cpu: String = "1", _ spec: JSONValue = [:])
        -> JSONValue
    {
        var all: JSONValue = ["containers": [["name": "c", "resources": ["requests": ["cpu": .string(cpu)]]]]]
        for member in spec.object?.members ?? [] { all[member.name] = member.value }
        return ["metadata": ["name": .string(name), "labels": labels], "spec": all]
    }

    private func cluster(_ nodes: [JSONValue]) throws -> SimulatedCluster {
        var cluster = SimulatedCluster([SchedulerController()])
        for node in nodes { try cluster.create(NodeKind.resource, node) }
        return cluster
    }

    /// The node that a pod gets, or what is said about why it gets none.
    private func place(_ pod: JSONValue, _ cluster: inout SimulatedCluster) throws -> String {
        try cluster.create(Pod.resource, pod)
        try cluster.settle()
        let name = pod[path: "metadata", "name"]?.string ?? ""
        let found = try #require(cluster.state.pods["default", name])
        return found.nodeName.isEmpty ? found.conditions["PodScheduled"]?.message ?? "" : found.nodeName
    }

    @Test("A pod goes where there is most room, which is told once")
    func mostRoom() throws {
        var cluster = try cluster([node("small", cpu: "2"), node("large", cpu: "8")])
        #expect(try place(pod("a"), &cluster) == "large")
        #expect(cluster.events.map(\.message) == ["Successfully assigned default/a to large"])
        #expect(cluster.events.first?.reason == "Scheduled")
        #expect(cluster.writeCount == 1)
    }

    @Test("Pods of one owner are spread over the nodes")
    func owners() throws {
        var cluster = try cluster([node("x", cpu: "64"), node("y", cpu: "8"), node("z", cpu: "8")])
        var nodes: Set<String> = []
        for index in 0..<3 {
            var member = pod("p\(index)")
            member[path: "metadata", "ownerReferences"] = [
                ["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", "controller": true]
            ]
            nodes.insert(try place(member, &cluster))
        }
        #expect(nodes == ["x", "y", "z"])
    }

    @Test("Why no node takes a pod is said in upstream's words, once")
    func reasons() throws {
        var cluster = try cluster([
            node("full", cpu: "500m"), node("old", ["taints": [["key": "a", "value": "b", "effect": "NoSchedule"]]]),
            node("off", ["unschedulable": true]),
        ])
        let message =
            "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b}, "
            + "1 node(s) were unschedulable."
        #expect(try place(pod("a"), &cluster) == message)
        #expect(cluster.events.map(\.message) == [message])
        #expect(cluster.events.first?.isWarning == true)
        let condition = cluster[Pod.resource, "a"]?[path: "status", "conditions"]?[0]
        #expect(condition?["status"] == "False")
        #expect(condition?["reason"] == "Unschedulable")
        try cluster.pass(.seconds(61))
        #expect(cluster.writeCount == 1)
        #expect(cluster.events.count == 1)
    }

    @Test("Without nodes that is what is said")
    func noNodes() throws {
        var cluster = try cluster([])
        #expect(try place(pod("a"), &cluster) == "no nodes available to schedule pods")
    }

    @Test("A pod that waits gets its node as soon as there is room, or a node that suits")
    func retries() throws {
        var cluster = try cluster([node("n", cpu: "1")])
        #expect(try place(pod("a"), &cluster) == "n")
        #expect(try place(pod("b"), &cluster) == "0/1 nodes are available: 1 Insufficient cpu.")
        try cluster.remove(Pod.resource, "a")
        try cluster.settle()
        #expect(cluster.state.pods["default", "b"]?.nodeName == "n")
        #expect(try place(pod("c"), &cluster).hasPrefix("0/1"))
        try cluster.create(NodeKind.resource, node("m"))
        try cluster.settle()
        #expect(cluster.state.pods["default", "c"]?.nodeName == "m")
        #expect(try place(pod("d", cpu: "8"), &cluster).hasPrefix("0/2"))
        try cluster.change(NodeKind.resource, "n") { $0[path: "status", "allocatable", "cpu"] = "16" }
        try cluster.settle()
        #expect(cluster.state.pods["default", "d"]?.nodeName == "n")
    }

    @Test("Where a binding fails the room that it took is offered to those that wait")
    func undone() throws {
        var test = StateUnderTest()
        try test.put(NodeKind.resource, node("n", cpu: "1"))
        for name in ["a", "b"] {
            var pod = pod(name)
            pod[path: "metadata", "namespace"] = "default"
            try test.put(Pod.resource, pod)
        }
        let a = ObjectName(namespace: "default", name: "a")
        let free = try #require(test.state.pods[a])
        var bound = free
        bound.nodeName = "n"
        let keys = SchedulerController().keys(for: .pod(.init(old: bound, new: free)), in: test.state)
        #expect(Set(keys.map(\.name)) == ["a", "b"])
    }

    @Test("Of pods that wait the most important one is the first to get what becomes free")
    func priorities() throws {
        var cluster = try cluster([node("n", cpu: "1")])
        #expect(try place(pod("a"), &cluster) == "n")
        for (name, priority) in [("low", 1), ("high", 1000), ("middle", 10)] {
            _ = try place(pod(name, ["priority": .integer(priority)]), &cluster)
        }
        try cluster.remove(Pod.resource, "a")
        try cluster.settle()
        #expect(cluster.pods.filter { !$0.nodeName.isEmpty }.map(\.metadata.name) == ["high"])
    }

    @Test("Node selector and required affinity must match, by labels and by name")
    func affinity() throws {
        var cluster = try cluster([
            node("n0", labels: ["disk": "hdd", "cores": "4"]), node("n1", labels: ["disk": "ssd", "cores": "16"]),
        ])
        #expect(try place(pod("a", ["nodeSelector": ["disk": "hdd"]]), &cluster) == "n0")
        func required(_ term: JSONValue) -> JSONValue {
            let terms: JSONValue = ["nodeSelectorTerms": [term]]
            return ["affinity": ["nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": terms]]]
        }
        let greater: JSONValue = ["matchExpressions": [["key": "cores", "operator": "Gt", "values": ["8"]]]]
        #expect(try place(pod("b", required(greater)), &cluster) == "n1")
        let named: JSONValue = ["matchFields": [["key": "metadata.name", "operator": "In", "values": ["n0"]]]]
        #expect(try place(pod("c", required(named)), &cluster) == "n0")
        #expect(
            try place(pod("d", required([:])), &cluster)
                == "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
        )
    }

    @Test("Preferences move a pod, but keep it from nothing")
    func preferences() throws {
        var cluster = try cluster([
            node("n0", labels: ["disk": "ssd"], cpu: "4"), node("n1", cpu: "5"),
            node("n2", cpu: "64", ["taints": [["key": "a", "effect": "PreferNoSchedule"]]]),
        ])
        let preference: JSONValue = [
            "weight": 10, "preference": ["matchExpressions": [["key": "disk", "operator": "In", "values": ["ssd"]]]],
        ]
        let affinity: JSONValue = ["nodeAffinity": ["preferredDuringSchedulingIgnoredDuringExecution": [preference]]]
        #expect(try place(pod("a", ["affinity": affinity]), &cluster) == "n0")
        #expect(try place(pod("b"), &cluster) == "n1")
        #expect(try place(pod("c", cpu: "20"), &cluster) == "n2")
    }

    @Test("Taints keep pods off that do not tolerate them; a node that is not ready counts as tainted")
    func taints() throws {
        var unready = node("down")
        unready[path: "status", "conditions"] = [["type": "Ready", "status": "Unknown"]]
        var cluster = try cluster([
            unready, node("n1", ["taints": [["key": "a", "value": "b", "effect": "NoExecute"]]]),
        ])
        #expect(
            try place(pod("a"), &cluster)
                == "0/2 nodes are available: 1 node(s) had untolerated taint {a: b}, "
                + "1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }."
        )
        #expect(try place(pod("b", ["tolerations": [["key": "a", "value": "b"]]]), &cluster) == "n1")
        #expect(try place(pod("c", ["tolerations": [["operator": "Exists"]]]), &cluster) == "down")
    }

    @Test("A port of a node is given once per address and protocol")
    func hostPorts() throws {
        var cluster = try cluster([node("n")])
        func ports(_ port: JSONValue) -> JSONValue { ["containers": [["name": "c", "ports": [port]]]] }
        #expect(try place(pod("a", ports(["containerPort": 80, "hostPort": 80])), &cluster) == "n")
        #expect(
            try place(pod("b", ports(["containerPort": 80, "hostPort": 80, "hostIP": "10.0.0.1"])), &cluster)
                == "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
        )
        #expect(try place(pod("c", ports(["containerPort": 80, "hostPort": 80, "protocol": "UDP"])), &cluster) == "n")
    }

    @Test("Pods are spread over zones as far as the skew says; nodes without the label take none")
    func spread() throws {
        var cluster = try cluster([
            node("a0", labels: ["zone": "a"], cpu: "64"), node("b0", labels: ["zone": "b"], cpu: "2"), node("x"),
        ])
        let constraint: JSONValue = [
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": ["matchLabels": ["app": "a"]],
        ]
        let spec: JSONValue = ["topologySpreadConstraints": [constraint]]
        var nodes: [String] = []
        for index in 0..<5 { nodes.append(try place(pod("p\(index)", spec), &cluster)) }
        #expect(nodes.count { $0 == "a0" } == 3)
        #expect(nodes.count { $0 == "b0" } == 2)
        #expect(
            try place(pod("p5", spec), &cluster)
                == "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints, "
                + "1 node(s) didn't match pod topology spread constraints (missing required label)."
        )
    }

    @Test("Pods that do not want each other are apart, whichever came first; those that do are together")
    func podAffinity() throws {
        var cluster = try cluster([node("n0", labels: ["host": "0"]), node("n1", labels: ["host": "1"], cpu: "8")])
        func term(_ kind: String, _ app: String) -> JSONValue {
            let term: JSONValue = ["labelSelector": ["matchLabels": ["app": .string(app)]], "topologyKey": "host"]
            return ["affinity": [kind: ["requiredDuringSchedulingIgnoredDuringExecution": [term]]]]
        }
        #expect(
            try place(pod("b", labels: ["app": "b"], term("podAffinity", "a")), &cluster)
                == "0/2 nodes are available: 2 node(s) didn't match pod affinity rules."
        )
        #expect(try place(pod("a", term("podAntiAffinity", "c")), &cluster) == "n1")
        #expect(cluster.state.pods["default", "b"]?.nodeName == "n1")
        #expect(try place(pod("c", labels: ["app": "c"]), &cluster) == "n0")
        #expect(
            try place(pod("c1", labels: ["app": "c"], cpu: "3500m"), &cluster)
                == "0/2 nodes are available: 1 Insufficient cpu, "
                + "1 node(s) didn't satisfy existing pods anti-affinity rules."
        )
        #expect(try place(pod("a1", term("podAntiAffinity", "c")), &cluster) == "n1")
        #expect(try place(pod("self", labels: ["app": "s"], term("podAffinity", "s")), &cluster) != "")
    }

    @Test("Pods with gates, of other schedulers, or that are going wait for others")
    func notOurs() throws {
        var cluster = try cluster([node("n")])
        #expect(try place(pod("a", ["schedulerName": "other"]), &cluster) == "")
        #expect(try place(pod("b", ["schedulingGates": [["name": "g"]]]), &cluster) == "")
        try cluster.change(Pod.resource, "b") { $0[path: "spec", "schedulingGates"] = nil }
        try cluster.settle()
        #expect(cluster.state.pods["default", "b"]?.nodeName == "n")
        #expect(cluster.writeCount == 1)
    }

    @Test("Other resources count, too")
    func otherResources() throws {
        var gpu = node("n")
        gpu[path: "status", "allocatable", "nvidia.com/gpu"] = "1"
        var cluster = try cluster([gpu, node("m", cpu: "64")])
        let container: JSONValue = ["name": "c", "resources": ["requests": ["nvidia.com/gpu": "1"]]]
        #expect(try place(pod("a", ["containers": [container]]), &cluster) == "n")
        #expect(
            try place(pod("b", ["containers": [container]]), &cluster)
                == "0/2 nodes are available: 2 Insufficient nvidia.com/gpu."
        )
    }

    @Test("Pods that ask for more than there can be fill their node, and take nothing down")
    func greed() throws {
        var cluster = try cluster([node("n")])
        for name in ["a", "b", "c"] {
            try cluster.create(Pod.resource, pod(name, cpu: "1E", ["nodeName": "n"]))
        }
        let full = "0/1 nodes are available: 1 Insufficient cpu."
        #expect(try place(pod("small"), &cluster) == full)
        #expect(try place(pod("large", cpu: "8E"), &cluster) == full)
    }
}
