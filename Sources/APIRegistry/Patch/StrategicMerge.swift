import APISchema
import JSON

/// Applies strategic merge patches: members are merged, null deletes, and lists are merged where the schema says so.
///
/// Directives in the patch: `$patch` (`replace`, `delete`), `$retainKeys`, `$setElementOrder/FIELD`,
/// `$deleteFromPrimitiveList/FIELD`. Source: `k8s.io/apimachinery/pkg/util/strategicpatch/patch.go`, with whose results
/// these agree, the order of lists included.
struct StrategicMerge {
    /// What the schema knows of an object's members.
    indirect enum Shape {
        /// They are the fields of a message.
        case message(String)
        /// Their names are the user's; each value has this type.
        case map(FieldType)
        /// Nothing.
        case unknown

        init(_ type: FieldType) {
            switch type {
            case .message(let name): self = .message(name)
            case .map(let value): self = .map(value)
            default: self = .unknown
            }
        }
    }

    /// What the schema says of how a member is merged.
    struct Rule {
        /// The shape of an object, or of a list's elements.
        var shape: Shape
        var isMerged = false
        var isReplaced = false
        var mergeKey: String?
    }

    /// The schema.
    let table: SchemaTable

    private static let patchDirective = "$patch"
    private static let retainDirective = "$retainKeys"
    private static let deletionPrefix = "$deleteFromPrimitiveList/"
    private static let orderPrefix = "$setElementOrder/"

    /// The members after the patch.
    func merged(_ original: JSONObject, with patch: JSONObject, shape: Shape) throws(PatchError) -> JSONObject {
        if let directive = patch[Self.patchDirective] {
            switch directive.string {
            case "replace":
                return Self.plain(.object(patch))?.object ?? JSONObject()
            case "delete":
                return JSONObject()
            default:
                throw PatchError(.malformed, "unknown patch type: \(Self.text(directive)) in map")
            }
        }
        var result = original
        try retainKeys(of: &result, patch)
        var done: Set<String> = []
        for member in patch where member.name.hasPrefix(Self.orderPrefix) {
            let field = String(member.name.dropFirst(Self.orderPrefix.count))
            try setOrder(of: field, in: &result, patch, member.value, shape)
            done.insert(field)
        }
        var unwanted: Set<String> = []
        for member in patch {
            guard !Self.isDirective(member.name) else {
                if member.name.hasPrefix(Self.deletionPrefix) {
                    try deleteFromList(String(member.name.dropFirst(Self.deletionPrefix.count)), &result, member.value)
                }
                continue
            }
            guard !done.contains(member.name) else { continue }
            if member.value.isNull {
                unwanted.insert(member.name)
            } else {
                result[member.name] = try merged(result[member.name], with: member.value, rule(member.name, of: shape))
            }
        }
        // All at once: taking out one of many members costs as much as taking out all.
        if !unwanted.isEmpty { result.removeAll { unwanted.contains($0.name) } }
        return result
    }

    /// A member's value after the patch; nil where nothing is left.
    private func merged(_ original: JSONValue?, with patch: JSONValue, _ rule: Rule) throws(PatchError) -> JSONValue? {
        switch (original, patch) {
        case (.object(let members)?, .object(let patchMembers)):
            if rule.isReplaced { return Self.plain(patch) }
            return .object(try merged(members, with: patchMembers, shape: rule.shape))
        case (.array(let elements)?, .array(let patchElements)):
            guard rule.isMerged else { return Self.plain(patch) }
            return .array(try ListMerge(merge: self, rule: rule).merged(elements, with: patchElements))
        default:
            return Self.plain(patch)
        }
    }

    // MARK: Schema

    /// How a member is merged.
    func rule(_ name: String, of shape: Shape) -> Rule {
        switch shape {
        case .message(let message):
            guard let field = table.field(name, of: message) else { return Rule(shape: .unknown) }
            var element = field.type
            if case .list(let inner) = field.type { element = inner }
            return Rule(
                shape: Shape(element),
                isMerged: field.patchStrategy == .merge || field.patchStrategy == .mergeRetainKeys,
                isReplaced: field.patchStrategy == .replace,
                mergeKey: field.mergeKey
            )
        case .map(let value):
            return Rule(shape: Shape(value))
        case .unknown:
            return Rule(shape: .unknown)
        }
    }

    // MARK: Directives

    private static func isDirective(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: "$")
            && (name == patchDirective || name == retainDirective || name.hasPrefix(deletionPrefix)
                || name.hasPrefix(orderPrefix))
    }

    /// The value without directives and nulls, which mean nothing where there is nothing to change; nil where the value
    /// itself is to be deleted.
    static func plain(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .object(let members):
            if members[patchDirective]?.string == "delete" { return nil }
            var result = JSONObject()
            for member in members where !member.value.isNull && !isDirective(member.name) {
                result[member.name] = plain(member.value)
            }
            return .object(result)
        case .array(let elements):
            return .array(elements.compactMap(plain))
        default:
            return value
        }
    }

    /// `$retainKeys`: takes out the members that it does not name.
    private func retainKeys(of result: inout JSONObject, _ patch: JSONObject) throws(PatchError) {
        guard let directive = patch[Self.retainDirective] else { return }
        guard let names = directive.array else {
            throw PatchError(.malformed, "invalid patch format of retainKeys")
        }
        let kept = Set(names.compactMap(\.string))
        for member in patch where !member.value.isNull && !Self.isDirective(member.name) {
            guard kept.contains(member.name) else {
                throw PatchError(.malformed, "invalid patch format of retainKeys")
            }
        }
        result.removeAll { !kept.contains($0.name) }
    }

    /// `$deleteFromPrimitiveList`: takes values out of a list of plain values.
    private func deleteFromList(
        _ field: String,
        _ result: inout JSONObject,
        _ values: JSONValue
    ) throws(PatchError) {
        guard let values = values.array else {
            throw PatchError(.malformed, "invalid patch format of primitive list")
        }
        guard case .array(let elements)? = result[field] else { return }
        let unwanted = Set(values.map(\.comparable))
        result[field] = .array(elements.filter { !unwanted.contains($0.comparable) })
    }

    /// `$setElementOrder`: merges a list, and puts its elements into the order of the directive.
    private func setOrder(
        of field: String,
        in result: inout JSONObject,
        _ patch: JSONObject,
        _ order: JSONValue,
        _ shape: Shape
    ) throws(PatchError) {
        let wrong = PatchError(.malformed, "invalid patch format of setElementOrder list")
        guard let order = order.array else { throw wrong }
        let rule = rule(field, of: shape)
        let list = ListMerge(merge: self, rule: rule)
        var present: [JSONValue]?
        var changes: [JSONValue]?
        if let value = result[field] {
            guard let elements = value.array else { throw wrong }
            present = elements
        }
        if let value = patch[field] {
            guard let elements = value.array else { throw wrong }
            changes = elements
        }
        try list.check(changes ?? [], against: order)
        let merged: [JSONValue]
        var presentOrder = present ?? []
        switch (present, changes) {
        case (let present?, nil): merged = present
        case (nil, let changes?): merged = Self.plain(.array(changes))?.array ?? []
        case (let present?, let changes?):
            merged = rule.isMerged ? try list.merged(present, with: changes) : changes.compactMap(Self.plain)
            presentOrder = list.order(of: present, after: changes)
        case (nil, nil): return
        }
        result[field] = .array(try list.ordered(merged, first: order, then: presentOrder))
    }

    private static func text(_ value: JSONValue) -> String {
        let limit = 64
        return String(decoding: value.json.prefix(limit), as: UTF8.self)
    }
}

extension JSONValue {
    /// Equal for values that Go holds to be equal: whole numbers are, however they are written.
    var comparable: JSONValue {
        guard case .number(let text) = self, let number = Int(text) else { return self }
        return .integer(number)
    }
}
