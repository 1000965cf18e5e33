import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Pods that nobody will end")
struct PodGarbageTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func pod(_ name: String, on node: String, phase: String = "Running", created: String? = nil) -> JSONValue {
        var pod: JSONValue = [
            "metadata": ["name": .string(name), "namespace": "default"],
            "spec": ["nodeName": .string(node)],
            "status": ["phase": .string(phase)],
        ]
        pod[path: "metadata", "creationTimestamp"] = created.map { .string($0) }
        return pod
    }

    @Test("Pods of a missing Node are deleted at once, when it has been missing for 40 s")
    func orphans() throws {
        var test = StateUnderTest()
        let controller = PodGarbageController()
        try test.put(NodeKind.resource, ["metadata": ["name": "a"]])
        try test.put(Pod.resource, pod("here", on: "a"))
        try test.put(Pod.resource, pod("lost", on: "gone"))
        let first = try test.settle(controller, now: now)
        #expect(first.writes == [])
        #expect(first.again == .seconds(40))
        test.state.uptime = .seconds(40)
        let wanted = controller.reconcile(ObjectName(namespace: nil, name: "gone"), in: test.state, now: now)
        #expect(wanted.writes.map(\.name) == ["lost"])
        // The Node may be there all the same, and its watch behind.
        let condition = try #require(wanted.writes.first?.condition)
        #expect(condition == .isGone(NodeKind.resource, ObjectName(namespace: nil, name: "gone")))
        #expect(condition.holds(for: nil))
        #expect(!condition.holds(for: ObjectMeta(name: "gone", uid: "u")))
        #expect(
            wanted.writes.allSatisfy { if case .delete(let o) = $0.action { o.gracePeriodSeconds == 0 } else { false } }
        )
        try test.remove(NodeKind.resource, ObjectName(namespace: nil, name: "a"))
        #expect(try test.settle(controller, now: now).again == .seconds(40))
        try test.put(NodeKind.resource, ["metadata": ["name": "a"]])
        test.state.uptime = .seconds(100)
        #expect(controller.reconcile(ObjectName(namespace: nil, name: "a"), in: test.state, now: now).writes == [])
    }

    @Test("Of the pods that ended the oldest beyond the limit go")
    func ended() throws {
        var test = StateUnderTest()
        let controller = PodGarbageController(endedLimit: 2)
        try test.put(NodeKind.resource, ["metadata": ["name": "a"]])
        for day in [4, 1, 3, 2] {
            try test.put(
                Pod.resource,
                pod("p\(day)", on: "a", phase: "Succeeded", created: "2026-01-0\(day)T00:00:00Z")
            )
        }
        try test.put(Pod.resource, pod("running", on: "a"))
        try test.settle(controller, now: now)
        #expect(Set(test.state.pods.objects.keys.map(\.name)) == ["p3", "p4", "running"])
    }

    @Test("A pod that is to go and has no node goes")
    func unbound() throws {
        var test = StateUnderTest()
        let controller = PodGarbageController()
        var object = pod("p", on: "", phase: "Pending")
        object[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        try test.put(Pod.resource, object)
        try test.settle(controller, now: now)
        #expect(test.state.pods.count == 0)
    }
}
