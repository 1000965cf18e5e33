import JSON

/// What has to be written so that a pod's status says what this node knows.
enum PodStatusPatch {
    /// The members of a status that are the kubelet's. Others are left as they are.
    private static let members = [
        "phase", "reason", "message", "hostIP", "hostIPs", "podIP", "podIPs", "startTime", "initContainerStatuses",
        "containerStatuses", "ephemeralContainerStatuses",
    ]

    /// A merge patch; nil where the status says all of it.
    ///
    /// - Parameters:
    ///   - uid: The pod's: another one of its name must not get it.
    ///   - wanted: The status as the node knows it. Members that it does not have are removed.
    ///   - present: The status that the pod has.
    static func make(uid: String, wanted: JSONValue, present: JSONValue?) -> JSONValue? {
        var patch: JSONValue = [:]
        for name in members {
            let new = meaningful(wanted[name])
            let old = meaningful(present?[name])
            if new != old { patch[name] = new ?? .null }
        }
        if let conditions = conditions(wanted: wanted, present: present) { patch["conditions"] = .array(conditions) }
        guard patch.object?.isEmpty == false else { return nil }
        return ["metadata": ["uid": .string(uid)], "status": patch]
    }

    /// All conditions, those of others among them; nil where nothing changes.
    private static func conditions(wanted: JSONValue, present: JSONValue?) -> [JSONValue]? {
        let old = present?["conditions"]?.array ?? []
        let own = wanted["conditions"]?.array ?? []
        var all = old
        for condition in own {
            guard let type = condition["type"]?.string else { continue }
            guard let index = all.firstIndex(where: { $0["type"]?.string == type }) else {
                all.append(condition)
                continue
            }
            // The scheduler said when: that a pod is bound is not for us to say anew.
            if type == "PodScheduled", all[index]["status"] == condition["status"] { continue }
            if !isSame(condition, all[index]) { all[index] = condition }
        }
        return all == old ? nil : all
    }

    /// Whether a condition says the same, whenever it began to; `lastProbeTime` may be `null` or not there.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        ["status", "reason", "message", "observedGeneration"].allSatisfy { name in
            meaningful(left[name]) == meaningful(right[name])
        }
    }

    /// The value; nil where it says nothing.
    private static func meaningful(_ value: JSONValue?) -> JSONValue? {
        switch value {
        case nil, .null: nil
        case .string(""): nil
        case .array(let elements) where elements.isEmpty: nil
        default: value
        }
    }
}
