import JSON
import KubernetesAPI

/// What `kubectl get pods` shows.
enum PodColumns {
    static let all: [TableColumn] = [
        .name,
        .text("Ready", "How many of the containers are ready.") { pod in
            let state = PodState(pod)
            return "\(state.readyCount)/\(state.containerCount)"
        },
        .text("Status", "What the pod is doing, or why it is not.") { PodState($0).reason },
        TableColumn("Restarts", "How often containers were started anew, and when last.") { pod, now in
            let state = PodState(ObjectView(pod))
            guard state.restartCount != 0, !state.lastRestart.isEmpty else { return .string("\(state.restartCount)") }
            return .string("\(state.restartCount) (\(HumanDuration.text(since: state.lastRestart, now: now)) ago)")
        },
        .age,
        .text("IP", priority: 1, "The pod's address.") { pod in
            (pod.status.podIPs.elements.first?.ip.text ?? "").orNone
        },
        .text("Node", priority: 1, "The node that the pod is on.") { $0.spec.nodeName.text.orNone },
        .text("Nominated Node", priority: 1, "The node on which room is being made for the pod.") {
            $0.status.nominatedNodeName.text.orNone
        },
        .text("Readiness Gates", priority: 1, "How many of the further conditions are fulfilled.") { pod in
            let gates = pod.spec.readinessGates.elements
            if gates.isEmpty { return "<none>" }
            let conditions = pod.status.conditions.elements
            let count = gates.count { gate in
                conditions.first { $0.type.text == gate.conditionType.text }?.status.text == "True"
            }
            return "\(count)/\(gates.count)"
        },
    ]
}
