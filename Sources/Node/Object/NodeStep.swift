import JSON
import KubernetesAPI

/// What a node has to write so that its Node says what it should.
enum NodeStep: Sendable, Equatable {
    /// There is no Node: make it.
    case create(JSONValue)
    /// The Node lacks labels: a merge patch.
    case patch(JSONValue)
    /// Its status is not what it should be, or the last one is old: a merge patch.
    case patchStatus(JSONValue)

    /// How often the status is written where nothing changes (`nodeStatusReportFrequency`); the Lease says meanwhile
    /// that the node lives.
    static let reportInterval: Duration = .seconds(300)

    /// For how long after a start a Node that says it is ready is left alone, until its parts have begun again: while
    /// the process was away its pods went on, and must not lose their Services now.
    static let settlingTime: Duration = .seconds(10)

    /// The next thing to write; nil where all is as it should be.
    ///
    /// - Parameters:
    ///   - present: The Node; nil where there is none.
    ///   - reported: When the status was last written; nil for never.
    ///   - uptime: For how long the process has run.
    static func next(
        _ description: NodeDescription,
        _ health: NodeHealth,
        present: JSONValue?,
        reported: Timestamp?,
        uptime: Duration,
        now: Timestamp
    ) -> NodeStep? {
        guard let present else { return .create(description.object(health, now: now)) }
        if reported == nil, uptime < settlingTime, health.obstacle != nil, isReady(present) { return nil }
        var labels: JSONValue = [:]
        for (key, value) in description.allLabels.sorted(by: { $0.key < $1.key })
        where present[path: "metadata", "labels", key]?.string != value {
            labels[key] = .string(value)
        }
        if labels.object?.isEmpty == false { return .patch(["metadata": ["labels": labels]]) }
        let uid = present[path: "metadata", "uid"] ?? .null
        let old = present["status"]
        let new = description.status(health, present: old?["conditions"]?.array ?? [], now: now)
        let isDue = reported.map { $0.duration(to: now) >= reportInterval } ?? true
        guard isDue || !isSame(new, old) else { return nil }
        return .patchStatus(["metadata": ["uid": uid], "status": new])
    }

    private static func isReady(_ node: JSONValue) -> Bool {
        (node[path: "status", "conditions"]?.array ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
    }

    /// Whether a Node's status says all of that, but for when.
    private static func isSame(_ new: JSONValue, _ old: JSONValue?) -> Bool {
        for member in new.object?.members ?? [] {
            guard let present = old?[member.name] else { return false }
            if member.name == "conditions" {
                let pair = [member.value, present].map { ($0.array ?? []).map(withoutTime) }
                // In whatever order.
                guard Set(pair[0]) == Set(pair[1]) else { return false }
            } else if member.value != present {
                // A server may say more than we do.
                guard (member.value.object?.members ?? []).allSatisfy({ isEqual($0.value, present[$0.name]) }),
                    member.value.object != nil
                else { return false }
            }
        }
        return true
    }

    private static func withoutTime(_ condition: JSONValue) -> JSONValue {
        var condition = condition
        condition["lastHeartbeatTime"] = nil
        condition["lastTransitionTime"] = nil
        return condition
    }

    /// Equal; an empty text may be left out.
    private static func isEqual(_ value: JSONValue, _ present: JSONValue?) -> Bool {
        if let present { return value == present }
        return value.string?.isEmpty ?? false
    }
}
