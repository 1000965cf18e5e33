import JSON
import KubernetesAPI

/// The conditions of a Node, as a kubelet says them.
///
/// Source: `k8s.io/kubernetes/pkg/kubelet/nodestatus/setters.go`.
enum NodeConditions {
    /// The conditions that follow from how the node is, beside those of others that the Node has.
    ///
    /// - Parameters:
    ///   - health: How the node is.
    ///   - present: The conditions that the Node has.
    static func make(_ health: NodeHealth, present: [JSONValue], now: Timestamp) -> [JSONValue] {
        var own: [Condition] = []
        if health.hasOverlay {
            own.append(
                health.networkProblem.map {
                    Condition("NetworkUnavailable", true, "OverlayNotReady", $0)
                } ?? Condition("NetworkUnavailable", false, "OverlayIsUp", "the overlay reaches the other nodes")
            )
        }
        let pressure = health.pressure
        own.append(
            pressure.lacksMemory
                ? Condition(
                    "MemoryPressure",
                    true,
                    "KubeletHasInsufficientMemory",
                    "kubelet has insufficient memory available"
                )
                : Condition(
                    "MemoryPressure",
                    false,
                    "KubeletHasSufficientMemory",
                    "kubelet has sufficient memory available"
                )
        )
        own.append(
            pressure.lacksStorage
                ? Condition("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure")
                : Condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure")
        )
        own.append(
            pressure.lacksProcesses
                ? Condition("PIDPressure", true, "KubeletHasInsufficientPID", "kubelet has insufficient PID available")
                : Condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available")
        )
        own.append(
            health.obstacle.map { Condition("Ready", false, "KubeletNotReady", $0) }
                ?? Condition("Ready", true, "KubeletReady", "kubelet is posting ready status")
        )
        let types = Set(own.map(\.type))
        let others = present.filter { !types.contains($0["type"]?.string ?? "") }
        return others
            + own.map { condition in
                condition.json(after: present.first { $0["type"]?.string == condition.type }, now: now)
            }
    }

    private struct Condition {
        var type: String
        var status: String
        var reason: String
        var message: String

        init(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) {
            self.type = type
            status = isTrue ? "True" : "False"
            self.reason = reason
            self.message = message
        }

        /// As in a Node; the time of the last transition stays where the status does.
        func json(after old: JSONValue?, now: Timestamp) -> JSONValue {
            let time = JSONValue.string(now.secondDescription)
            let isSame = old?["status"]?.string == status
            return [
                "type": .string(type), "status": .string(status), "lastHeartbeatTime": time,
                "lastTransitionTime": isSame ? old?["lastTransitionTime"] ?? time : time,
                "reason": .string(reason), "message": .string(message),
            ]
        }
    }
}
