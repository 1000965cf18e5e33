import APISchema
import JSON

/// One operation of a JSON patch (RFC 6902, section 4).
enum JSONPatchOperation: Sendable, Hashable {
    case add(JSONPointer, JSONValue)
    case remove(JSONPointer)
    case replace(JSONPointer, JSONValue)
    case move(from: JSONPointer, to: JSONPointer)
    case copy(from: JSONPointer, to: JSONPointer)
    case test(JSONPointer, JSONValue)

    init(_ value: JSONValue) throws(PatchError) {
        guard let members = value.object else {
            throw PatchError(.malformed, "an operation of a JSON patch must be an object")
        }
        guard let name = members["op"]?.string else {
            throw PatchError(.malformed, "an operation of a JSON patch must have an \"op\"")
        }
        let path = try Self.pointer("path", of: members, name)
        switch name {
        case "add": self = .add(path, try Self.value(of: members, name))
        case "remove": self = .remove(path)
        case "replace": self = .replace(path, try Self.value(of: members, name))
        case "move": self = .move(from: try Self.pointer("from", of: members, name), to: path)
        case "copy": self = .copy(from: try Self.pointer("from", of: members, name), to: path)
        case "test": self = .test(path, try Self.value(of: members, name))
        default: throw PatchError(.malformed, "Unexpected kind: \(name)")
        }
    }

    private static func pointer(
        _ field: String,
        of members: JSONObject,
        _ operation: String
    ) throws(PatchError) -> JSONPointer {
        guard let text = members[field]?.string else {
            throw PatchError(.malformed, "the operation \(operation.goQuoted) of a JSON patch must have a \"\(field)\"")
        }
        return try JSONPointer(text)
    }

    private static func value(of members: JSONObject, _ operation: String) throws(PatchError) -> JSONValue {
        guard let value = members["value"] else {
            throw PatchError(.malformed, "the operation \(operation.goQuoted) of a JSON patch must have a \"value\"")
        }
        return value
    }
}
