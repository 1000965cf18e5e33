import JSON
import KubernetesAPI

/// Secrets: what each type must hold, one mebibyte at most, and for good where they are immutable.
struct SecretStrategy: ObjectStrategy {
    static let sizeLimit = 1 << 20

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.fillInText("type", "Opaque")
        // What was given as text is kept as all data is, in base64.
        guard case .object(let texts) = object["stringData"] ?? .null else { return }
        object.removeMember("stringData")
        if texts.isEmpty { return }
        object.mutateOrMakeMember("data") { data in
            guard case .object = data else { return }
            for member in texts {
                if let text = member.value.string {
                    data[member.name] = .string(String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self))
                }
            }
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let secret = ObjectView(object)
        let data = secret.data
        var size = 0
        for (key, value) in data.members {
            validator.invalid(FieldPath("data")[key: key], .string(key), TextRules.dataKey(key))
            size += Base64Size.decoded(value.text)
        }
        if size > Self.sizeLimit { validator.tooLong("data", limit: Self.sizeLimit) }
        switch secret.type.text {
        case "kubernetes.io/service-account-token":
            let key = "kubernetes.io/service-account.name"
            if secret.metadata.annotations[key].text.isEmpty {
                validator.required(FieldPath("metadata.annotations")[key: key])
            }
        case "kubernetes.io/dockercfg": validator.jsonData(data, ".dockercfg")
        case "kubernetes.io/dockerconfigjson": validator.jsonData(data, ".dockerconfigjson")
        case "kubernetes.io/basic-auth":
            if !data["username"].isPresent, !data["password"].isPresent {
                for key in ["username", "password"] { validator.required(FieldPath("data")[key: key]) }
            }
        case "kubernetes.io/ssh-auth":
            if data["ssh-privatekey"].text.isEmpty { validator.required(FieldPath("data")[key: "ssh-privatekey"]) }
        case "kubernetes.io/tls":
            for key in ["tls.crt", "tls.key"] where !data[key].isPresent {
                validator.required(FieldPath("data")[key: key])
            }
        default: break
        }
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        let (new, old) = (ObjectView(object), ObjectView(old))
        validator.immutable("type", new.type, old.type)
        validator.immutableData(new, old, members: ["data"])
        return validator.errors
    }
}

extension FieldValidator {
    /// Data under a key that must be there, and hold a JSON object.
    fileprivate mutating func jsonData(_ data: ObjectView, _ key: String) {
        let field = FieldPath("data")[key: key]
        guard data[key].isPresent else { return required(field) }
        let isObject =
            Base64.decode(Array(data[key].text.utf8)).map { (try? JSONValue(json: $0))?.object != nil } ?? false
        // What is wrong with it would tell of the contents.
        if !isObject { invalid(field, "<secret contents redacted>", "must be a JSON object") }
    }
}
