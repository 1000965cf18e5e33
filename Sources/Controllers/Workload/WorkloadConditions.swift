import JSON
import KubernetesAPI

/// The conditions in a workload's status.
struct WorkloadConditions {
    /// As in the status.
    private(set) var values: [JSONValue]

    init(_ status: JSONValue?) {
        values = status?["conditions"]?.array ?? []
    }

    subscript(_ type: String) -> JSONValue? { values.first { $0["type"]?.string == type } }

    mutating func remove(_ type: String) { values.removeAll { $0["type"]?.string == type } }

    /// Sets a condition; one that says the same already stays as it is.
    ///
    /// - Parameter isUpdate: Whether the time of its last update is set though it says the same.
    mutating func set(
        _ type: String,
        _ status: Bool?,
        reason: String,
        message: String,
        now: Timestamp,
        hasUpdateTime: Bool = true,
        isUpdate: Bool = false
    ) {
        let text = status.map { $0 ? "True" : "False" } ?? "Unknown"
        let present = self[type]
        let isSame = present?["status"]?.string == text
        if isSame, present?["reason"]?.string == reason, !isUpdate { return }
        let time = JSONValue.string(now.secondDescription)
        var condition: JSONValue = ["type": .string(type), "status": .string(text)]
        if hasUpdateTime { condition["lastUpdateTime"] = time }
        condition["lastTransitionTime"] = isSame ? present?["lastTransitionTime"] ?? time : time
        condition["reason"] = .string(reason)
        condition["message"] = .string(message)
        if let index = values.firstIndex(where: { $0["type"]?.string == type }) {
            values[index] = condition
        } else {
            values.append(condition)
        }
    }

    /// As in a status; nil where there is none.
    var json: JSONValue? { values.isEmpty ? nil : .array(values) }
}
