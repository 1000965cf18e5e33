import JSON
import KubernetesAPI
import Testing

@testable import Node

@Suite struct NodeStepTests {
    private let facts = TestNodes.facts
    private let now = TestNodes.now

    private func next(
        _ health: NodeHealth = TestNodes.healthy,
        present: JSONValue?,
        reported: Timestamp? = TestNodes.now,
        uptime: Duration = .seconds(60),
        now: Timestamp = TestNodes.now
    ) -> NodeStep? {
        NodeStep.next(facts, health, present: present, reported: reported, uptime: uptime, now: now)
    }

    /// The Node as a server has it.
    private var present: JSONValue {
        var node = facts.object(TestNodes.healthy, now: now)
        node[path: "metadata", "uid"] = "u1"
        return node
    }

    @Test func `without a Node it is made, with labels, taints, addresses and what there is room for`() throws {
        guard case .create(let node) = next(present: nil) else {
            Issue.record("it is not made")
            return
        }
        #expect(node[path: "metadata", "labels", "kubernetes.io/hostname"] == "node-1")
        #expect(node[path: "metadata", "labels", "kubernetes.io/arch"] == "amd64")
        #expect(node[path: "metadata", "labels", "zone"] == "a")
        #expect(node[path: "spec", "taints"] == [["key": "dedicated", "effect": "NoSchedule", "value": "lab"]])
        #expect(
            node[path: "status", "addresses"] == [
                ["type": "InternalIP", "address": "10.0.1.2"], ["type": "InternalIP", "address": "fd00:1::2"],
                ["type": "Hostname", "address": "node-1"],
            ]
        )
        #expect(node[path: "status", "allocatable", "cpu"] == "4")
        #expect(node[path: "status", "allocatable", "memory"] == "8388608Ki")
        #expect(node[path: "status", "daemonEndpoints", "kubeletEndpoint", "Port"] == 10_250)
        #expect(node[path: "status", "nodeInfo", "containerRuntimeVersion"] == "trama-lab://0.1.0")
    }

    @Test func `a Node that says everything is left alone for five minutes`() {
        #expect(next(present: present) == nil)
        #expect(next(present: present, now: now.advanced(by: .seconds(299))) == nil)
        #expect(next(present: present, now: now.advanced(by: .seconds(300))) != nil)
        #expect(next(present: present, reported: nil) != nil)
    }

    @Test func `a label that somebody took away is put back, and those of others stay`() {
        var node = present
        node[path: "metadata", "labels", "kubernetes.io/os"] = nil
        node[path: "metadata", "labels", "mine"] = "x"
        #expect(next(present: node) == .patch(["metadata": ["labels": ["kubernetes.io/os": "linux"]]]))
    }

    @Test func `what changes is written at once, with the time of the transition`() throws {
        var health = TestNodes.healthy
        health.networkProblem = "no underlay"
        let later = now.advanced(by: .seconds(5))
        guard case .patchStatus(let patch)? = next(health, present: present, now: later) else {
            Issue.record("nothing is written")
            return
        }
        #expect(patch[path: "metadata", "uid"] == "u1")
        let conditions = try #require(patch[path: "status", "conditions"]?.array)
        let ready = try #require(conditions.first { $0["type"] == "Ready" })
        #expect(ready["status"] == "False")
        #expect(ready["reason"] == "KubeletNotReady")
        #expect(ready["message"]?.string?.contains("no underlay") == true)
        #expect(ready["lastTransitionTime"]?.string == later.secondDescription)
        let network = try #require(conditions.first { $0["type"] == "NetworkUnavailable" })
        #expect(network["status"] == "True")
        let disk = try #require(conditions.first { $0["type"] == "DiskPressure" })
        #expect(disk["lastTransitionTime"]?.string == now.secondDescription)
        #expect(disk["lastHeartbeatTime"]?.string == later.secondDescription)
    }

    @Test func `a node that begins again stays ready until its parts have had time to begin`() {
        let starting = NodeHealth()
        #expect(next(starting, present: present, reported: nil, uptime: .seconds(9)) == nil)
        #expect(next(starting, present: present, reported: nil, uptime: .seconds(10)) != nil)
        // One that said itself that it is ready says at once that it is not any more.
        #expect(next(starting, present: present, uptime: .seconds(9)) != nil)
        var unready = facts.object(starting, now: now)
        unready[path: "metadata", "uid"] = "u1"
        #expect(next(starting, present: unready, reported: nil, uptime: .seconds(1)) != nil)
    }

    @Test func `conditions of others, and members that a server adds, change nothing`() throws {
        var node = present
        let conditions = try #require(node[path: "status", "conditions"]?.array)
        node[path: "status", "conditions"] = .array([["type": "Frozen", "status": "False"]] + conditions.reversed())
        node[path: "status", "nodeInfo", "swap"] = ["capacity": 0]
        node[path: "status", "nodeInfo", "kubeProxyVersion"] = nil
        // Another one's condition is kept in what we would write.
        guard case .patchStatus(let patch)? = next(present: node, reported: nil) else {
            Issue.record("nothing is written")
            return
        }
        #expect(patch[path: "status", "conditions"]?[0]?["type"] == "Frozen")
        #expect(next(present: node) == nil)
    }

    @Test func `without an overlay of ours nothing is said about the network`() {
        var health = TestNodes.healthy
        health.hasOverlay = false
        let types = NodeConditions.make(health, present: [], now: now).compactMap { $0["type"]?.string }
        #expect(types == ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"])
    }

    @Test func `a Lease belongs to its Node and counts for as long as is said`() {
        let lease = NodeLease.object(of: "node-1", uid: "u1", duration: .seconds(40), now: now)
        #expect(lease[path: "metadata", "namespace"] == "kube-node-lease")
        #expect(lease[path: "metadata", "ownerReferences"]?[0]?["uid"] == "u1")
        #expect(lease[path: "spec", "leaseDurationSeconds"] == 40)
        #expect(lease[path: "spec", "renewTime"]?.string == now.microsecondDescription)
    }
}
