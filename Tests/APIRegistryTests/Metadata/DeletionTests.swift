import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

@Suite struct DeletionTests {
    private static let now = Timestamp(seconds: 1_795_000_000, nanoseconds: 7)
    private static let services = ResourceType(
        group: "",
        version: "v1",
        kind: "Service",
        plural: "services",
        namespaced: true
    )

    private func delete(
        _ object: JSONValue,
        _ style: Deletion.Style = .immediate,
        _ options: DeleteOptions = DeleteOptions()
    ) throws -> Deletion {
        try Deletion(
            of: object,
            resource: Self.services,
            style: style,
            resourceVersion: 7,
            options: options,
            now: Self.now
        )
    }

    private static let running: JSONValue = [
        "metadata": ["name": "p", "generation": 1],
        "spec": ["nodeName": "n0", "terminationGracePeriodSeconds": 30],
        "status": ["phase": "Running"],
    ]

    @Test func `what has no finalizers goes at once`() throws {
        let object: JSONValue = ["metadata": ["name": "a"]]
        #expect(try delete(object) == .remove(object))
    }

    @Test func `what has finalizers is marked and stays`() throws {
        let object: JSONValue = ["metadata": ["name": "a", "generation": 2, "finalizers": ["x/y"]]]
        let marked: JSONValue = [
            "metadata": [
                "name": "a", "generation": 3, "deletionTimestamp": "2026-11-18T11:06:40Z",
                "deletionGracePeriodSeconds": 0, "finalizers": ["x/y"],
            ]
        ]
        #expect(try delete(object) == .update(marked))
        #expect(try delete(marked) == .pending)
        var done = marked
        done[path: "metadata", "finalizers"] = nil
        #expect(Deletion.isCompleted(by: done, old: marked, style: .immediate))
        #expect(!Deletion.isCompleted(by: marked, old: marked, style: .immediate))
        #expect(!Deletion.isCompleted(by: done, old: object, style: .immediate))
    }

    @Test(arguments: [
        (DeleteOptions(propagation: .foreground), ["foregroundDeletion"]),
        (DeleteOptions(propagation: .orphan), ["orphan"]),
        (DeleteOptions(orphanDependents: true), ["orphan"]),
    ])
    func `the garbage collector is asked by a finalizer`(options: DeleteOptions, finalizers: [String]) throws {
        guard case .update(let object) = try delete(["metadata": ["name": "a"]], .immediate, options) else {
            Issue.record("the object must stay")
            return
        }
        #expect(object["metadata"]?["finalizers"] == .strings(finalizers))
    }

    @Test func `background takes the garbage collector's finalizers away`() throws {
        let object: JSONValue = ["metadata": ["name": "a", "finalizers": ["orphan"]]]
        guard case .remove = try delete(object, .immediate, DeleteOptions(propagation: .background)) else {
            Issue.record("the object must go")
            return
        }
        guard case .update = try delete(object) else {
            Issue.record("without options its own finalizer counts")
            return
        }
    }

    @Test func `a running pod gets its grace`() throws {
        guard case .update(let pod) = try delete(Self.running, .graceful) else {
            Issue.record("the pod must stay")
            return
        }
        #expect(pod["metadata"]?["deletionTimestamp"]?.string == "2026-11-18T11:07:10Z")
        #expect(pod["metadata"]?["deletionGracePeriodSeconds"]?.integer == 30)
        #expect(pod["metadata"]?["generation"]?.integer == 2)
        #expect(try delete(pod, .graceful) == .pending)
        #expect(try delete(pod, .graceful, DeleteOptions(gracePeriodSeconds: 60)) == .pending)
        guard case .update(let shorter) = try delete(pod, .graceful, DeleteOptions(gracePeriodSeconds: 5)) else {
            Issue.record("a shorter grace is taken")
            return
        }
        #expect(shorter["metadata"]?["deletionTimestamp"]?.string == "2026-11-18T11:06:45Z")
        guard case .remove = try delete(pod, .graceful, DeleteOptions(gracePeriodSeconds: 0)) else {
            Issue.record("no grace ends it")
            return
        }
    }

    @Test(
        arguments: [
            ["spec": ["terminationGracePeriodSeconds": 30]],
            ["spec": ["nodeName": "n", "terminationGracePeriodSeconds": 30], "status": ["phase": "Succeeded"]],
            ["spec": ["nodeName": "n", "terminationGracePeriodSeconds": 30], "status": ["phase": "Failed"]],
        ] as [JSONValue]
    )
    func `pods that do not run go at once`(pod: JSONValue) throws {
        guard case .remove = try delete(pod, .graceful) else {
            Issue.record("the pod must go")
            return
        }
    }

    @Test func `a pod with a finalizer stays when its grace is over`() throws {
        var pod = Self.running
        pod[path: "metadata", "finalizers"] = ["x/y"]
        guard case .update(let ended) = try delete(pod, .graceful, DeleteOptions(gracePeriodSeconds: 0)) else {
            Issue.record("the pod must stay")
            return
        }
        #expect(ended["metadata"]?["deletionGracePeriodSeconds"]?.integer == 0)
        var done = ended
        done[path: "metadata", "finalizers"] = nil
        #expect(Deletion.isCompleted(by: done, old: ended, style: .graceful))
    }

    @Test func `a namespace ends when its contents are gone`() throws {
        let namespace: JSONValue = [
            "metadata": ["name": "x"], "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
        ]
        guard case .update(let ending) = try delete(namespace, .namespace) else {
            Issue.record("the namespace must stay")
            return
        }
        #expect(ending["status"]?["phase"]?.string == "Terminating")
        #expect(ending["metadata"]?["deletionTimestamp"] != nil)
        #expect(try delete(ending, .namespace) == .pending)
        var done = ending
        done[path: "spec", "finalizers"] = nil
        #expect(Deletion.isCompleted(by: done, old: ending, style: .namespace))
    }

    @Test func `preconditions must be met`() throws {
        let captured = try Captured("delete-precondition")
        let object: JSONValue = ["metadata": ["name": "web", "uid": "725dd586-f1e0-4bb4-a4e7-ba24a9f14343"]]
        let error = #expect(throws: Refusal.self) {
            try delete(object, .immediate, DeleteOptions(uid: "00000000-0000-0000-0000-000000000000"))
        }
        #expect(try error.map { try JSONValue(json: $0.status.json) } == captured.body)
        #expect(throws: Refusal.self) { try delete(object, .immediate, DeleteOptions(resourceVersion: "6")) }
        #expect(throws: Never.self) { try delete(object, .immediate, DeleteOptions(resourceVersion: "7")) }
    }

    @Test func `options may stand in the URL`() throws {
        let options = try DeleteOptions(parameters: [
            ("gracePeriodSeconds", "0"), ("propagationPolicy", "Foreground"), ("dryRun", "All"), ("x", "y"),
        ])
        #expect(options == DeleteOptions(gracePeriodSeconds: 0, propagation: .foreground, isDryRun: true))
        #expect(try DeleteOptions(parameters: [("orphanDependents", "False")]).orphanDependents == false)
        #expect(throws: Refusal.badRequest("strconv.ParseInt: parsing \"x\": invalid syntax")) {
            try DeleteOptions(parameters: [("gracePeriodSeconds", "x")])
        }
    }

    @Test func `options that contradict are refused`() {
        #expect(throws: Refusal.self) {
            try DeleteOptions(["propagationPolicy": "Orphan", "orphanDependents": true])
        }
        #expect(throws: Refusal.self) { try DeleteOptions(["propagationPolicy": "Sideways"]) }
        #expect(throws: Refusal.self) { try DeleteOptions(["dryRun": ["Some"]]) }
    }
}
