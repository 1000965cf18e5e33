import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Nodes that fall silent, and their pods")
struct NodeHealthTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let health = NodeHealthController()
    private let pods = NodePodsController()
    private let eviction = TaintEvictionController()

    private func addNode(_ name: String, to test: inout StateUnderTest) throws {
        try test.put(
            NodeKind.resource,
            [
                "metadata": ["name": .string(name)],
                "status": ["conditions": [["type": "Ready", "status": "True", "lastHeartbeatTime": "x"]]],
            ]
        )
        try renew(name, "0", in: &test)
    }

    private func renew(_ name: String, _ time: String, in test: inout StateUnderTest) throws {
        try test.put(
            LeaseKind.resource,
            [
                "metadata": ["name": .string(name), "namespace": "kube-node-lease"],
                "spec": ["renewTime": .string(time)],
            ]
        )
    }

    private func addPod(_ name: String, on node: String, tolerations: JSONValue, to test: inout StateUnderTest) throws {
        try test.put(
            Pod.resource,
            [
                "metadata": ["name": .string(name), "namespace": "default"],
                "spec": ["nodeName": .string(node), "tolerations": tolerations],
                "status": ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]],
            ]
        )
    }

    private func look(_ name: String, at time: Int, in test: inout StateUnderTest) throws -> Reconciliation {
        test.state.uptime = .seconds(time)
        let wanted = health.reconcile(ObjectName(namespace: nil, name: name), in: test.state, now: now)
        try test.apply(wanted.writes)
        var sum = try test.settle(health, pods, eviction, now: now)
        sum.events += wanted.events
        return sum
    }

    private func taints(_ test: StateUnderTest, _ name: String) -> Set<Taint> {
        Set(test.state.nodes[nil, name].map { Taint.all(of: $0.value) } ?? [])
    }

    private func ready(_ test: StateUnderTest, _ name: String) -> JSONValue? {
        test.state.nodes[nil, name]?.value[path: "status", "conditions"]?.array?.first { $0["type"] == "Ready" }
    }

    private let unreachable: Set<Taint> = [
        Taint(key: "node.kubernetes.io/unreachable", effect: "NoSchedule"),
        Taint(key: "node.kubernetes.io/unreachable", effect: "NoExecute"),
    ]

    @Test("A node whose Lease is renewed stays ready; one whose is not becomes Unknown after 40 s, and unreachable")
    func silence() throws {
        var test = StateUnderTest()
        for name in ["a", "b"] { try addNode(name, to: &test) }
        try addPod("web", on: "a", tolerations: [["operator": "Exists"]], to: &test)
        let first = try test.settle(health, pods, eviction, now: now)
        #expect(first.writes == [])
        #expect(first.again == .seconds(40))
        test.state.uptime = .seconds(30)
        try renew("b", "30", in: &test)
        // Written again without a renewal: nothing was heard.
        try renew("a", "0", in: &test)
        #expect(try look("b", at: 41, in: &test).writes == [])
        let told = try look("a", at: 41, in: &test)
        #expect(ready(test, "a")?["status"] == "Unknown")
        #expect(ready(test, "a")?["reason"] == "NodeStatusUnknown")
        #expect(ready(test, "a")?["message"] == "Kubelet stopped posting node status.")
        #expect(taints(test, "a") == unreachable)
        #expect(told.events.contains { $0.reason == "NodeNotReady" })
        #expect(test.state.pods["default", "web"]?.isReady == false)
        #expect(test.state.pods["default", "web"]?.conditions["Ready"]?.reason == "NodeNotReady")
        #expect(ready(test, "b")?["status"] == "True")
        #expect(taints(test, "b").isEmpty)
    }

    @Test("A node that says it is ready again loses the taints")
    func recovery() throws {
        var test = StateUnderTest()
        for name in ["a", "b"] { try addNode(name, to: &test) }
        test.state.uptime = .seconds(30)
        try renew("b", "30", in: &test)
        _ = try look("a", at: 41, in: &test)
        #expect(taints(test, "a") == unreachable)
        test.state.uptime = .seconds(45)
        try test.change(NodeKind.resource, ObjectName(namespace: nil, name: "a")) {
            $0[path: "status", "conditions"] = [["type": "Ready", "status": "True", "lastHeartbeatTime": "y"]]
        }
        try test.settle(health, now: now)
        #expect(taints(test, "a").isEmpty)
        #expect(test.state.observations.nodes["a"]?.heard == .seconds(45))
    }

    @Test("Where no node is heard of, none has a taint that ends pods")
    func outage() throws {
        var test = StateUnderTest()
        for name in ["a", "b"] { try addNode(name, to: &test) }
        try addPod("web", on: "a", tolerations: [], to: &test)
        try test.settle(health, pods, eviction, now: now)
        test.state.uptime = .seconds(5)
        try renew("b", "5", in: &test)
        // `a` is silent before `b` is; its pod tolerates nothing, but is not looked at before all are silent.
        _ = try look("b", at: 50, in: &test)
        _ = try look("a", at: 50, in: &test)
        #expect(taints(test, "a") == [Taint(key: "node.kubernetes.io/unreachable", effect: "NoSchedule")])
        #expect(test.state.pods["default", "web"] != nil)
        // One comes back: it was not us.
        test.state.uptime = .seconds(60)
        try renew("b", "60", in: &test)
        _ = try look("a", at: 61, in: &test)
        #expect(taints(test, "a") == unreachable)
        #expect(test.state.pods["default", "web"] == nil)
    }

    @Test("After a time in which no node was heard of, each has the whole period to be heard of again")
    func endOfOutage() throws {
        var test = StateUnderTest()
        for name in ["a", "b"] { try addNode(name, to: &test) }
        try addPod("web", on: "b", tolerations: [], to: &test)
        _ = try look("a", at: 60, in: &test)
        _ = try look("b", at: 60, in: &test)
        test.state.uptime = .seconds(70)
        try renew("a", "70", in: &test)
        _ = try look("b", at: 75, in: &test)
        #expect(test.state.pods["default", "web"] != nil)
        #expect(taints(test, "b").allSatisfy { $0.effect == "NoSchedule" })
        // That is no licence to be silent for ever.
        test.state.uptime = .seconds(105)
        try test.change(NodeKind.resource, ObjectName(namespace: nil, name: "a")) {
            $0[path: "status", "conditions"] = [["type": "Ready", "status": "True", "lastHeartbeatTime": "y"]]
        }
        _ = try look("b", at: 111, in: &test)
        #expect(taints(test, "b") == unreachable)
        #expect(test.state.pods["default", "web"] == nil)
    }

    @Test("Of nodes that fall silent together one each 10 s gets taints that end pods")
    func oneAfterTheOther() throws {
        var test = StateUnderTest()
        for name in ["a", "b", "c", "d", "e"] { try addNode(name, to: &test) }
        test.state.uptime = .seconds(30)
        for name in ["c", "d", "e"] { try renew(name, "30", in: &test) }
        _ = try look("b", at: 41, in: &test)
        _ = try look("a", at: 41, in: &test)
        #expect(taints(test, "a") == unreachable)
        #expect(taints(test, "b") == [Taint(key: "node.kubernetes.io/unreachable", effect: "NoSchedule")])
        _ = try look("b", at: 50, in: &test)
        #expect(taints(test, "b") != unreachable)
        _ = try look("b", at: 51, in: &test)
        #expect(taints(test, "b") == unreachable)
    }

    @Test("A node that is to go and is silent is judged like any other, and does not keep the others from their turn")
    func deletedNode() throws {
        var test = StateUnderTest()
        for name in ["a", "b", "c", "d", "e"] { try addNode(name, to: &test) }
        try test.change(NodeKind.resource, ObjectName(namespace: nil, name: "a")) {
            $0[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
            $0[path: "metadata", "finalizers"] = ["mine"]
        }
        test.state.uptime = .seconds(30)
        for name in ["c", "d", "e"] { try renew(name, "30", in: &test) }
        _ = try look("b", at: 41, in: &test)
        _ = try look("a", at: 41, in: &test)
        _ = try look("b", at: 52, in: &test)
        #expect(taints(test, "a") == unreachable)
        #expect(taints(test, "b") == unreachable)
    }

    @Test("Nodes whose turn has not come do not ask for it many times a second")
    func patience() throws {
        var test = StateUnderTest()
        for name in ["a", "b", "c", "d", "e"] { try addNode(name, to: &test) }
        for name in ["a", "b"] {
            try test.change(NodeKind.resource, ObjectName(namespace: nil, name: name)) {
                $0[path: "status", "conditions"] = [["type": "Ready", "status": "False", "lastHeartbeatTime": "y"]]
            }
        }
        let b = ObjectName(namespace: nil, name: "b")
        let wait = try #require(health.reconcile(b, in: test.state, now: now).again)
        #expect(wait >= .seconds(1))
    }

    @Test("Where most nodes of a small cluster fall silent none gets taints that end pods")
    func widespread() throws {
        var test = StateUnderTest()
        for name in ["a", "b", "c", "d", "e"] { try addNode(name, to: &test) }
        test.state.uptime = .seconds(30)
        try renew("e", "30", in: &test)
        for name in ["a", "b", "c", "d"] { _ = try look(name, at: 41, in: &test) }
        test.state.uptime = .seconds(60)
        try renew("e", "60", in: &test)
        for name in ["a", "b", "c", "d"] { _ = try look(name, at: 62, in: &test) }
        // The first fell silent alone, as far as could be known.
        let evicting = ["a", "b", "c", "d"].filter { taints(test, $0) == unreachable }
        #expect(evicting.count == 1)
    }

    @Test("A node that never said anything has a minute, and is not known then")
    func never() throws {
        var test = StateUnderTest()
        try addNode("other", to: &test)
        try test.put(
            NodeKind.resource,
            [
                "metadata": ["name": "n"],
                "spec": ["taints": [["key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"]]],
            ]
        )
        test.state.uptime = .seconds(30)
        try renew("other", "30", in: &test)
        #expect(try look("n", at: 59, in: &test).writes == [])
        _ = try look("n", at: 60, in: &test)
        #expect(ready(test, "n")?["reason"] == "NodeStatusNeverUpdated")
    }

    @Test("A cordoned node has the taint for it, and other people's taints stay")
    func cordon() throws {
        var test = StateUnderTest()
        try addNode("a", to: &test)
        try test.settle(health, now: now)
        let key = ObjectName(namespace: nil, name: "a")
        try test.change(NodeKind.resource, key) {
            $0["spec"] = ["unschedulable": true, "taints": [["key": "mine", "effect": "NoSchedule"]]]
        }
        try test.settle(health, now: now)
        let mine = Taint(key: "mine", effect: "NoSchedule")
        #expect(taints(test, "a") == [mine, Taint(key: "node.kubernetes.io/unschedulable", effect: "NoSchedule")])
        try test.change(NodeKind.resource, key) { $0[path: "spec", "unschedulable"] = nil }
        try test.settle(health, now: now)
        #expect(taints(test, "a") == [mine])
    }

    @Test("Pods go from a NoExecute taint as long after it was seen as they tolerate it")
    func tolerations() throws {
        var test = StateUnderTest()
        try addNode("a", to: &test)
        try addPod("never", on: "a", tolerations: [["key": "t", "operator": "Exists"]], to: &test)
        try addPod(
            "later",
            on: "a",
            tolerations: [["key": "t", "value": "v", "effect": "NoExecute", "tolerationSeconds": 300]],
            to: &test
        )
        try addPod("now", on: "a", tolerations: [["key": "t", "value": "other"]], to: &test)
        try test.settle(eviction, now: now)
        test.state.uptime = .seconds(10)
        try test.change(NodeKind.resource, ObjectName(namespace: nil, name: "a")) {
            $0[path: "spec", "taints"] = [["key": "t", "value": "v", "effect": "NoExecute"]]
        }
        let wanted = try test.settle(eviction, now: now)
        #expect(wanted.again == .seconds(300))
        #expect(wanted.events.map(\.reason) == ["TaintManagerEviction"])
        #expect(Set(test.state.pods.objects.keys.map(\.name)) == ["never", "later"])
        let later = ObjectName(namespace: "default", name: "later")
        test.state.uptime = .seconds(309)
        #expect(eviction.reconcile(later, in: test.state, now: now).again == .seconds(1))
        test.state.uptime = .seconds(310)
        #expect(eviction.reconcile(later, in: test.state, now: now).writes.map(\.name) == ["later"])
    }
}
