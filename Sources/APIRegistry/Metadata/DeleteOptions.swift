import APISchema
public import JSON
import KubernetesAPI

/// How an object is to be deleted.
///
/// Source: `DeleteOptions` of `k8s.io/apimachinery/pkg/apis/meta/v1`.
public struct DeleteOptions: Sendable, Hashable {
    /// What becomes of the objects that the object owns.
    public enum Propagation: String, Sendable, Hashable, CaseIterable {
        /// They are deleted first.
        case foreground = "Foreground"
        /// They are deleted afterwards: the default.
        case background = "Background"
        /// They stay.
        case orphan = "Orphan"
    }

    /// How long the object may take to end, in seconds; nil for its own choice.
    public var gracePeriodSeconds: Int?
    /// What becomes of its dependents; nil for what its finalizers say, or else the default.
    public var propagation: Propagation?
    /// The older way to say the same: true for `orphan`, false for `background`.
    public var orphanDependents: Bool?
    /// The uid that the object must have.
    public var uid: String?
    /// The resourceVersion that the object must have.
    public var resourceVersion: String?
    /// Whether nothing is to be done.
    public var isDryRun: Bool

    /// Options from their parts.
    public init(
        gracePeriodSeconds: Int? = nil,
        propagation: Propagation? = nil,
        orphanDependents: Bool? = nil,
        uid: String? = nil,
        resourceVersion: String? = nil,
        isDryRun: Bool = false
    ) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagation = propagation
        self.orphanDependents = orphanDependents
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.isDryRun = isDryRun
    }

    /// Reads the body of a request, decoded.
    ///
    /// - Throws: 422 for what does not go together or is not known.
    public init(_ body: JSONValue) throws(Refusal) {
        var errors: [FieldError] = []
        self.init(
            gracePeriodSeconds: body["gracePeriodSeconds"]?.integer,
            orphanDependents: body["orphanDependents"]?.bool,
            uid: body["preconditions"]?["uid"]?.string,
            resourceVersion: body["preconditions"]?["resourceVersion"]?.string,
            isDryRun: !(body["dryRun"]?.array ?? []).isEmpty
        )
        if let text = body["propagationPolicy"]?.string {
            propagation = Propagation(rawValue: text)
            if orphanDependents != nil {
                let words = "orphanDependents and deletionPropagation cannot be both set"
                errors.append(FieldError("propagationPolicy", .invalid, value: .string(text), words))
            }
            if propagation == nil {
                let words = "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
                errors.append(FieldError("propagationPolicy", .notSupported, value: .string(text), words))
            }
        }
        for value in body["dryRun"]?.array ?? [] where value.string != "All" {
            errors.append(FieldError("dryRun", .notSupported, value: value, "supported values: \"All\""))
        }
        guard errors.isEmpty else {
            throw .invalid(QualifiedName(group: "meta.k8s.io", name: "DeleteOptions"), name: "", errors)
        }
    }
}

extension DeleteOptions {
    /// Reads the parameters of a URL, which count where a request has no body.
    ///
    /// - Parameter parameters: Names and values; of a name that is there twice the first one counts.
    /// - Throws: 400 for what is no number, 422 for what does not go together or is not known.
    public init(parameters: [(name: String, value: String)]) throws(Refusal) {
        var body = JSONObject()
        for (name, value) in parameters where body[name] == nil {
            switch name {
            case "gracePeriodSeconds":
                guard let seconds = Int(value) else {
                    throw .badRequest("strconv.ParseInt: parsing \(value.goQuoted): invalid syntax")
                }
                body[name] = .integer(seconds)
            case "propagationPolicy": body[name] = .string(value)
            case "orphanDependents": body[name] = .bool(!["0", "false"].contains(value.lowercased()))
            default: break
            }
        }
        body["dryRun"] = .strings(parameters.filter { $0.name == "dryRun" }.map(\.value))
        try self.init(.object(body))
    }
}
