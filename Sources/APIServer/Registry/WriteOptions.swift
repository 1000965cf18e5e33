import APIAccess
import APIRegistry
import APISchema
import JSON
import KubernetesAPI

/// What a client asks of a write, beside the object.
struct WriteOptions: Sendable, Hashable {
    /// Whether everything is done but the write.
    var isDryRun = false
    /// Who asks; nil for the server itself.
    var identity: RequestIdentity?
    /// What becomes of unknown and duplicate fields.
    var validation = ObjectDecoder.Validation.warn

    /// `fieldManager` may have so many bytes.
    private static let managerLimit = 128

    /// The server's own writes.
    init() {}

    /// Reads the parameters of a request.
    ///
    /// - Parameter kind: The name of the options in refusals, such as `CreateOptions`.
    init(_ request: APIRequest, kind: String) throws(Refusal) {
        let query = request.query
        identity = request.identity
        var errors: [FieldError] = []
        let dryRun = query.all("dryRun").filter { !$0.isEmpty }
        for value in dryRun where value != "All" {
            errors.append(FieldError("dryRun", .notSupported, value: .string(value), #"supported values: "All""#))
        }
        isDryRun = !dryRun.isEmpty
        if let text = query["fieldValidation"], !text.isEmpty {
            if let validation = ObjectDecoder.Validation(rawValue: text) {
                self.validation = validation
            } else {
                let words = #"supported values: "Ignore", "Strict", "Warn""#
                errors.append(FieldError("fieldValidation", .notSupported, value: .string(text), words))
            }
        }
        if let manager = query["fieldManager"], manager.utf8.count > Self.managerLimit {
            errors.append(FieldError("fieldManager", .tooLong, "may not be more than \(Self.managerLimit) bytes"))
        }
        guard errors.isEmpty else {
            throw .invalid(QualifiedName(group: "meta.k8s.io", name: kind), name: "", errors)
        }
    }
}

/// What a write led to.
struct Written: Sendable {
    /// The object as it is now; where it is gone, as it was last.
    var object: CachedObject
    /// What the client should know.
    var warnings: [String] = []
    /// Whether it came to be by this.
    var isNew = false
}
