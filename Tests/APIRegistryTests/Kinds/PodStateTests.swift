import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// What a pod is said to be doing.
@Suite("State of pods")
struct PodStateTests {
    private func state(_ spec: JSONValue = [:], _ status: JSONValue, deleted: Bool = false) -> PodState {
        let metadata: JSONValue = deleted ? ["deletionTimestamp": "2026-11-21T10:00:00Z"] : [:]
        return PodState(ObjectView(["metadata": metadata, "spec": spec, "status": status]))
    }

    private let waiting: JSONValue = [
        "name": "c", "state": ["waiting": ["reason": "CrashLoopBackOff"]], "restartCount": 3,
    ]
    private let running: JSONValue = ["name": "c", "ready": true, "state": ["running": [:]]]

    private func ended(_ code: Int, _ reason: String? = nil) -> JSONValue {
        var terminated: JSONValue = ["exitCode": .integer(code)]
        if let reason { terminated["reason"] = .string(reason) }
        return ["name": "c", "state": ["terminated": terminated]]
    }

    @Test("a container that waits or ended says why")
    func containers() {
        let spec: JSONValue = ["containers": [[:], [:]]]
        #expect(state(spec, ["phase": "Running", "containerStatuses": [waiting]]).reason == "CrashLoopBackOff")
        #expect(state(spec, ["phase": "Running", "containerStatuses": [waiting]]).restartCount == 3)
        #expect(state(spec, ["phase": "Failed", "containerStatuses": [ended(1)]]).reason == "ExitCode:1")
        #expect(state(spec, ["phase": "Failed", "containerStatuses": [ended(1, "Error")]]).reason == "Error")
        let half = state(spec, ["phase": "Running", "containerStatuses": [ended(0, "Completed"), running]])
        #expect(half.reason == "NotReady")
        #expect((half.readyCount, half.containerCount) == (1, 2))
        let ready: JSONValue = ["type": "Ready", "status": "True"]
        #expect(
            state(
                spec,
                ["phase": "Running", "conditions": [ready], "containerStatuses": [ended(0, "Completed"), running]]
            ).reason == "Running"
        )
    }

    @Test("containers that come first are counted, and theirs that fail are told")
    func initContainers() {
        let spec: JSONValue = ["containers": [[:]], "initContainers": [["name": "a"], ["name": "c"]]]
        let first = { (status: JSONValue) in
            self.state(spec, ["phase": "Pending", "initContainerStatuses": [status]]).reason
        }
        #expect(first(running) == "Init:0/2")
        #expect(first(waiting) == "Init:CrashLoopBackOff")
        #expect(first(ended(2)) == "Init:ExitCode:2")
        #expect(first(ended(2, "Error")) == "Init:Error")
        #expect(state(spec, ["phase": "Pending", "initContainerStatuses": [ended(0), running]]).reason == "Init:1/2")
    }

    @Test("a container that runs beside the others counts among them")
    func sidecars() {
        let spec: JSONValue = ["containers": [[:]], "initContainers": [["name": "c", "restartPolicy": "Always"]]]
        let sidecar: JSONValue = ["name": "c", "started": true, "ready": true, "state": ["running": [:]]]
        let pod = state(spec, ["phase": "Running", "initContainerStatuses": [sidecar], "containerStatuses": [running]])
        #expect((pod.readyCount, pod.containerCount, pod.reason) == (2, 2, "Running"))
    }

    @Test("a pod that is deleted is on its way out, until it is done")
    func deletion() {
        #expect(state([:], ["phase": "Running"], deleted: true).reason == "Terminating")
        #expect(state([:], ["phase": "Succeeded"], deleted: true).reason == "Succeeded")
        #expect(state([:], ["phase": "Running", "reason": "NodeLost"], deleted: true).reason == "Unknown")
        #expect(state([:], ["phase": "Failed", "reason": "Evicted"]).reason == "Evicted")
    }

    @Test("restarts say when the last one was")
    func restarts() throws {
        let container: JSONValue = [
            "restartCount": 2, "lastState": ["terminated": ["finishedAt": "1970-01-01T00:00:00Z"]],
            "ready": true, "state": ["running": [:]],
        ]
        let pod: JSONValue = [
            "spec": ["containers": [[:]]], "status": ["phase": "Running", "containerStatuses": [container]],
        ]
        let column = try #require(PodColumns.all.first { $0.name == "Restarts" })
        #expect(column.cell(pod, Timestamp(seconds: 180)) == "2 (3m ago)")
    }
}
