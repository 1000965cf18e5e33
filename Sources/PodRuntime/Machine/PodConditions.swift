import JSON
import KubernetesAPI

/// A pod's conditions, with the times at which they became what they are.
struct PodConditions: Sendable, Hashable {
    private struct Condition: Sendable, Hashable {
        var type: String
        var isTrue: Bool
        var reason: String
        var message: String
        var since: Timestamp
    }

    private static let known = [
        "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled",
    ]

    private var conditions: [Condition] = []

    init() {}

    /// Those that an object has already.
    init(_ value: JSONValue?) {
        for condition in value?.array ?? [] {
            guard let type = condition["type"]?.string, Self.known.contains(type) else { continue }
            conditions.append(
                Condition(
                    type: type,
                    isTrue: condition["status"]?.string == "True",
                    reason: condition["reason"]?.string ?? "",
                    message: condition["message"]?.string ?? "",
                    since: condition["lastTransitionTime"]?.string.flatMap { Timestamp($0) } ?? .now
                )
            )
        }
    }

    /// Sets one; its time changes only when its truth does.
    mutating func set(_ type: String, _ isTrue: Bool, reason: String = "", message: String = "", at now: Timestamp) {
        let (reason, message) = isTrue && reason != "PodCompleted" ? ("", "") : (reason, message)
        if let index = conditions.firstIndex(where: { $0.type == type }) {
            if conditions[index].isTrue != isTrue { conditions[index].since = now }
            conditions[index].isTrue = isTrue
            conditions[index].reason = reason
            conditions[index].message = message
        } else {
            conditions.append(.init(type: type, isTrue: isTrue, reason: reason, message: message, since: now))
        }
    }

    /// Whether one is true.
    func isTrue(_ type: String) -> Bool { conditions.contains { $0.type == type && $0.isTrue } }

    /// All of them in upstream's order, and those of others as they are in the object.
    func json(keeping others: JSONValue?) -> JSONValue {
        var values: [JSONValue] = []
        for type in Self.known {
            guard let condition = conditions.first(where: { $0.type == type }) else { continue }
            var value: JSONValue = [
                "type": .string(type),
                "status": .string(condition.isTrue ? "True" : "False"),
                "lastProbeTime": nil,
                "lastTransitionTime": .string(condition.since.secondDescription),
            ]
            if !condition.reason.isEmpty { value["reason"] = .string(condition.reason) }
            if !condition.message.isEmpty { value["message"] = .string(condition.message) }
            values.append(value)
        }
        for other in others?.array ?? [] {
            guard let type = other["type"]?.string, !Self.known.contains(type) else { continue }
            values.append(other)
        }
        return .array(values)
    }
}
