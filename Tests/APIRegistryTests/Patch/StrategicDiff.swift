import SeededTesting
import APISchema
import JSON

@testable import APIRegistry

/// Makes strategic merge patches, as kubectl does: the other direction of what is tested.
struct StrategicDiff {
    let table: SchemaTable

    /// The patch that makes `modified` of `original`.
    func patch(from original: JSONValue, to modified: JSONValue) -> JSONValue {
        .object(diff(original.object ?? JSONObject(), modified.object ?? JSONObject(), .message(PatchSchema.message)))
    }

    private func diff(_ original: JSONObject, _ modified: JSONObject, _ shape: StrategicMerge.Shape) -> JSONObject {
        let merge = StrategicMerge(table: table)
        var patch = JSONObject()
        for member in original where modified[member.name] == nil { patch[member.name] = .null }
        for member in modified where original[member.name] != member.value {
            let rule = merge.rule(member.name, of: shape)
            switch (original[member.name], member.value) {
            case (.object(let left)?, .object(let right)) where !rule.isReplaced:
                patch[member.name] = .object(diff(left, right, rule.shape))
            case (.array(let left)?, .array(let right)) where rule.isMerged:
                diff(left, right, rule, member.name, &patch)
            default:
                patch[member.name] = member.value
            }
        }
        return patch
    }

    private func diff(
        _ original: [JSONValue],
        _ modified: [JSONValue],
        _ rule: StrategicMerge.Rule,
        _ name: String,
        _ patch: inout JSONObject
    ) {
        guard let key = rule.mergeKey else {
            let added = modified.filter { !original.contains($0) }
            let removed = original.filter { !modified.contains($0) }
            if !added.isEmpty { patch[name] = .array(added) }
            if !removed.isEmpty { patch["$deleteFromPrimitiveList/\(name)"] = .array(removed) }
            patch["$setElementOrder/\(name)"] = .array(modified)
            return
        }
        var changes: [JSONValue] = []
        for element in modified {
            if let present = original.first(where: { $0[key] == element[key] }) {
                var change = diff(present.object ?? JSONObject(), element.object ?? JSONObject(), rule.shape)
                if change.isEmpty { continue }
                change[key] = element[key]
                changes.append(.object(change))
            } else {
                changes.append(element)
            }
        }
        for element in original where !modified.contains(where: { $0[key] == element[key] }) {
            var deletion = JSONObject()
            deletion["$patch"] = "delete"
            deletion[key] = element[key]
            changes.append(.object(deletion))
        }
        if !changes.isEmpty { patch[name] = .array(changes) }
        patch["$setElementOrder/\(name)"] = .array(
            modified.map { element in
                var order = JSONObject()
                order[key] = element[key]
                return .object(order)
            }
        )
    }
}

/// Random objects of the test's schema.
struct RandomThing {
    var random: SeededGenerator

    mutating func object() -> JSONValue {
        var meta = JSONObject()
        meta["name"] = .string(word())
        if !random.chance(3) { meta["labels"] = map() }
        meta["finalizers"] = .strings(distinct(4))
        meta["ownerReferences"] = .array(distinct(3).map { ["uid": .string($0), "name": .string(word())] })
        var spec = JSONObject()
        spec["ports"] = ports()
        spec["containers"] = .array(
            distinct(3).map { name in
                var container: JSONValue = ["name": .string(name), "image": .string(word())]
                if !random.chance(2) { container["args"] = .strings([word(), word()]) }
                container["ports"] = ports()
                return container
            }
        )
        spec["command"] = .strings([word()])
        if !random.chance(3) { spec["selector"] = map() }
        if !random.chance(3) { spec["strategy"] = ["type": .string(word()), "rollingUpdate": map()] }
        spec["source"] = ["type": .string(word())]
        return ["metadata": .object(meta), "spec": .object(spec)]
    }

    private mutating func word() -> String { random.pick(["a", "b", "c", "d", "e", "f"]) ?? "a" }

    private mutating func distinct(_ limit: Int) -> [String] {
        let count = Int.random(in: 0...limit, using: &random)
        return Array(["a", "b", "c", "d", "e", "f"].shuffled(using: &random).prefix(count))
    }

    private mutating func map() -> JSONValue {
        var members = JSONObject()
        for name in distinct(3) { members[name] = .string(word()) }
        return .object(members)
    }

    private mutating func ports() -> JSONValue {
        .array(distinct(4).map { ["port": .integer(Int($0.utf8.first ?? 0)), "name": .string(word())] })
    }
}
