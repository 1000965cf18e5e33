import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@testable import Node

@Suite struct PodIntakeTests {
    private static func predicates(maxPods: Int = 110, taints: [NodePredicates.Taint] = []) -> NodePredicates {
        var facts = TestNodes.facts
        facts.maxPods = maxPods
        var predicates = NodePredicates(node: ["metadata": ["labels": ["disk": "ssd"]]], facts: facts)
        predicates.taints = taints
        return predicates
    }

    /// Why a pod with that specification is refused; nil where it is not.
    private static func reason(
        _ spec: JSONValue,
        beside others: [JSONValue] = [],
        _ predicates: NodePredicates = predicates()
    ) -> String? {
        var intake = PodIntake()
        for (offset, other) in others.enumerated() {
            _ = intake.changed(TestNodes.pod("other-\(offset)", spec: other), predicates: predicates)
        }
        for case .reject(_, let rejection) in intake.changed(TestNodes.pod("new", spec: spec), predicates: predicates) {
            return rejection.reason
        }
        return nil
    }

    @Test func `what the scheduler would not have sent here is refused as the kubelet refuses it`() {
        #expect(Self.reason([:]) == nil)
        #expect(Self.reason(["nodeSelector": ["disk": "ssd"]]) == nil)
        #expect(Self.reason(["nodeSelector": ["disk": "hdd"]]) == "NodeAffinity")
        #expect(Self.reason(["os": ["name": "windows"]]) == "PodOSNotSupported")
        #expect(Self.reason([:], beside: [[:]], Self.predicates(maxPods: 1)) == "OutOfpods")
        let port: JSONValue = ["containers": [["name": "a", "ports": [["containerPort": 80, "hostPort": 8080]]]]]
        #expect(Self.reason(port) == nil)
        #expect(Self.reason(port, beside: [port]) == "NodePorts")
        let large: JSONValue = ["containers": [["name": "a", "resources": ["requests": ["cpu": "3"]]]]]
        #expect(Self.reason(large) == nil)
        #expect(Self.reason(large, beside: [large]) == "OutOfcpu")
        let taint = Self.predicates(taints: [.init(key: "gone", value: "")])
        #expect(Self.reason([:], taint) == "TaintToleration")
        #expect(Self.reason(["tolerations": [["operator": "Exists"]]], taint) == nil)
    }

    @Test func `required node affinity is one of its terms, and all of a term`() {
        func affinity(_ terms: JSONValue...) -> JSONValue {
            let required = "requiredDuringSchedulingIgnoredDuringExecution"
            return ["affinity": ["nodeAffinity": .object(JSONObject(required, ["nodeSelectorTerms": .array(terms)]))]]
        }
        let ssd: JSONValue = ["matchExpressions": [["key": "disk", "operator": "In", "values": ["ssd", "nvme"]]]]
        let other: JSONValue = ["matchFields": [["key": "metadata.name", "operator": "In", "values": ["node-9"]]]]
        #expect(Self.reason(affinity(ssd)) == nil)
        #expect(Self.reason(affinity(other)) == "NodeAffinity")
        #expect(Self.reason(affinity(other, ssd)) == nil)
        #expect(Self.reason(affinity([:])) == "NodeAffinity")
    }

    @Test func `a refused pod is not run, and what becomes of it is only noted`() {
        var intake = PodIntake()
        let pod = TestNodes.pod("a", spec: ["nodeSelector": ["disk": "hdd"]])
        let predicates = Self.predicates()
        guard case .reject(pod, let rejection)? = intake.changed(pod, predicates: predicates).first else {
            Issue.record("it is not refused")
            return
        }
        #expect(rejection.status["phase"] == "Failed")
        #expect(rejection.status["message"]?.string?.hasPrefix("Pod was rejected: Predicate NodeAffinity") == true)
        #expect(intake.changed(pod, predicates: predicates) == [.note(pod)])
        // The one after a restart finds its own words.
        var again = PodIntake()
        var failed = pod
        failed["status"] = rejection.status
        #expect(again.replaced([failed], predicates: predicates) == [.leave(failed), .keep([])])
    }

    @Test func `what began to run here stays, though there is no room for it any more`() {
        var intake = PodIntake()
        let running = TestNodes.pod("a", status: ["phase": "Running", "startTime": "2026-01-01T00:00:00Z"])
        let commands = intake.replaced([running], predicates: Self.predicates(maxPods: 0))
        #expect(commands == [.apply(running), .keep(["uid-a"])])
    }

    @Test func `another pod of the same name ends the one before it`() {
        var intake = PodIntake()
        let predicates = Self.predicates()
        _ = intake.changed(TestNodes.pod("a", uid: "1"), predicates: predicates)
        let second = TestNodes.pod("a", uid: "2")
        #expect(intake.changed(second, predicates: predicates) == [.remove(uid: "1"), .apply(second)])
        #expect(intake.deleted(ObjectName(namespace: "default", name: "a")) == [.remove(uid: "2")])
        #expect(intake.deleted(ObjectName(namespace: "default", name: "a")) == [])
    }

    @Test func `a complete list ends what is not in it`() {
        var intake = PodIntake()
        let predicates = Self.predicates()
        let (one, two) = (TestNodes.pod("one"), TestNodes.pod("two"))
        _ = intake.replaced([one, two], predicates: predicates)
        #expect(
            intake.replaced([two], predicates: predicates) == [
                .remove(uid: "uid-one"), .apply(two), .keep(["uid-two"]),
            ]
        )
    }
}

extension JSONObject {
    fileprivate init(_ name: String, _ value: JSONValue) {
        self.init()
        self[name] = value
    }
}
