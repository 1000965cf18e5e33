import JSON
import KubernetesAPI

/// ConfigMaps: keys that can be file names, one mebibyte at most, and for good where they are immutable.
struct ConfigMapStrategy: ObjectStrategy {
    static let sizeLimit = 1 << 20

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let map = ObjectView(object)
        var size = 0
        for (key, value) in map.data.members {
            let field = FieldPath("data")[key: key]
            validator.invalid(field, .string(key), TextRules.dataKey(key))
            if map.binaryData[key].isPresent {
                validator.invalid(field, .string(key), "duplicate of key present in binaryData")
            }
            size += value.text.utf8.count
        }
        for (key, value) in map.binaryData.members {
            validator.invalid(FieldPath("binaryData")[key: key], .string(key), TextRules.dataKey(key))
            size += Base64Size.decoded(value.text)
        }
        if size > Self.sizeLimit { validator.tooLong("", limit: Self.sizeLimit) }
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        validator.immutableData(ObjectView(object), ObjectView(old), members: ["data", "binaryData"])
        return validator.errors
    }
}

/// How many bytes base64 stands for.
enum Base64Size {
    static func decoded(_ text: String) -> Int {
        let padding = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
        return max(0, text.utf8.count / 4 * 3 - padding)
    }
}

extension FieldValidator {
    /// What may not change in an object that says of itself that it is immutable.
    mutating func immutableData(_ new: ObjectView, _ old: ObjectView, members: [String]) {
        guard old.immutable.isTrue else { return }
        let detail = "field is immutable when `immutable` is set"
        if !new.immutable.isTrue { forbidden("immutable", detail) }
        for member in members {
            let (new, old) = (new[member], old[member])
            if new.json != old.json, new.count > 0 || old.count > 0 {
                forbidden(FieldPath([.field(member)]), detail)
            }
        }
    }
}
