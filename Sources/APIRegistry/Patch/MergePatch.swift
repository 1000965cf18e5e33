import JSON

/// RFC 7396.
enum MergePatch {
    /// The value with the patch's members in it; those that are null are taken out.
    static func applied(_ patch: JSONObject, to value: JSONValue) -> JSONValue {
        var result: JSONObject
        if case .object(let members) = value { result = members } else { result = JSONObject() }
        var unwanted: Set<String> = []
        for member in patch {
            switch member.value {
            case .null:
                unwanted.insert(member.name)
            case .object(let inner):
                let present = result[member.name] ?? .null
                result[member.name] = applied(inner, to: present)
            default:
                result[member.name] = member.value
            }
        }
        // All at once: taking out one of many members costs as much as taking out all.
        if !unwanted.isEmpty { result.removeAll { unwanted.contains($0.name) } }
        return .object(result)
    }
}
