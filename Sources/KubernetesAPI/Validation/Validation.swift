/// Collects what is wrong with one object, in upstream's words (`field.Error` of k8s.io/apimachinery).
struct Validation {
    private let kind: String
    private let metadata: ObjectMeta
    private(set) var errors: [ObjectError] = []

    init(_ object: some KubernetesObject) {
        kind = type(of: object).resource.kind
        metadata = object.metadata
    }

    private mutating func add(_ field: FieldPath, _ reason: String) {
        errors.append(
            ObjectError(
                kind: kind,
                namespace: metadata.namespace,
                name: metadata.name.isEmpty ? nil : metadata.name,
                field: field,
                reason: reason
            )
        )
    }

    /// A field must have a value, and has none.
    ///
    /// - Parameter remedy: What to write there; nil where that is plain.
    mutating func required(_ field: FieldPath, _ remedy: String? = nil) {
        add(field, "Required value" + (remedy.map { ": \($0)" } ?? ""))
    }

    /// A field has a value that it must not have.
    mutating func invalid(_ field: FieldPath, _ value: some InvalidValue, _ rule: String) {
        add(field, "Invalid value: \(value.quoted): \(rule)")
    }

    /// A field has none of the values that there are.
    mutating func unsupported(_ field: FieldPath, _ value: String, supported: [String]) {
        let supported = supported.sorted().map(\.quoted).joined(separator: ", ")
        add(field, "Unsupported value: \(value.quoted): supported values: \(supported)")
    }

    /// A value is there already.
    mutating func duplicate(_ field: FieldPath, _ value: String) {
        add(field, "Duplicate value: \(value.quoted)")
    }

    /// A field must not have a value here.
    mutating func forbidden(_ field: FieldPath, _ rule: String) {
        add(field, "Forbidden: \(rule)")
    }
}

/// A value that an error can show.
protocol InvalidValue {
    /// The value as it stands in JSON.
    var quoted: String { get }
}

extension String: InvalidValue {
    /// In quotes; long texts are cut, as names in manifests may be anything.
    var quoted: String {
        let limit = 128
        let text = unicodeScalars.count > limit ? "\(String(unicodeScalars.prefix(limit)))…" : self
        return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
    }
}

extension Int: InvalidValue {
    var quoted: String { description }
}

extension [String]: InvalidValue {
    var quoted: String { "[\(map(\.quoted).joined(separator: ","))]" }
}
