import APIAccess
import APIRegistry
import JSON
import KubernetesAPI

/// What an access review asks: who, and what he wants to do.
///
/// Source: `k8s.io/kubernetes/pkg/apis/authorization/validation/validation.go`.
struct AccessQuestion: Sendable {
    /// The review as it is answered.
    let object: JSONValue
    /// What is to be decided.
    let attributes: RequestAttributes

    /// Reads a review.
    ///
    /// - Parameters:
    ///   - path: The path that it was sent to.
    ///   - asker: Who asks, and whom the review is about where it names nobody.
    /// - Throws: 422 for a review that does not ask one thing about somebody.
    init(
        _ object: JSONValue,
        _ review: ReviewHandler.Review,
        path: ResourcePath?,
        asker: RequestIdentity
    ) throws(Refusal) {
        var object = object
        if review == .localSubjectAccess { try Self.setNamespace(&object, path?.namespace ?? "") }
        let spec = object["spec"] ?? [:]
        var errors = Self.errors(spec, isSelf: review == .selfSubjectAccess)
        if review == .localSubjectAccess { errors += Self.localErrors(object) }
        guard errors.isEmpty else {
            throw .invalid(QualifiedName(group: review.group, name: review.rawValue), name: "", errors)
        }
        self.object = object
        var identity = asker
        if review != .selfSubjectAccess {
            identity = RequestIdentity(
                user: spec["user"]?.string ?? "",
                groups: (spec["groups"]?.array ?? []).compactMap(\.string),
                uid: spec["uid"]?.string ?? ""
            )
            for member in spec["extra"]?.object?.members ?? [] {
                identity.extra[member.name] = (member.value.array ?? []).compactMap(\.string)
            }
        }
        attributes = Self.attributes(spec, identity)
    }

    /// A review in a namespace is about that namespace.
    private static func setNamespace(_ object: inout JSONValue, _ namespace: String) throws(Refusal) {
        let own = object["metadata"]?["namespace"]?.string ?? ""
        guard own.isEmpty || own == namespace else {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
        object[path: "metadata", "namespace"] = .string(namespace)
    }

    private static func part(_ spec: JSONValue, _ name: String) -> JSONValue? {
        spec[name].flatMap { $0.object == nil ? nil : $0 }
    }

    private static func errors(_ spec: JSONValue, isSelf: Bool) -> [FieldError] {
        var errors: [FieldError] = []
        let (resource, path) = (part(spec, "resourceAttributes"), part(spec, "nonResourceAttributes"))
        if resource != nil, let path {
            let words = "cannot be specified in combination with resourceAttributes"
            errors.append(FieldError("spec.nonResourceAttributes", .invalid, value: path, words))
        }
        if resource == nil, path == nil {
            let words = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            errors.append(FieldError("spec.resourceAttributes", .invalid, value: .null, words))
        }
        if !isSelf, (spec["user"]?.string ?? "").isEmpty, (spec["groups"]?.array ?? []).isEmpty {
            let words = "at least one of user or group must be specified"
            errors.append(FieldError("spec.user", .invalid, value: "", words))
        }
        guard let selector = resource.flatMap({ part($0, "fieldSelector") }) else { return errors }
        let raw = selector["rawSelector"]?.string ?? ""
        let isListed = selector["requirements"]?.array?.isEmpty == false
        if !raw.isEmpty, isListed {
            let words = "may not specified at the same time as requirements"
            errors.append(
                FieldError("spec.resourceAttributes.fieldSelector.rawSelector", .invalid, value: .string(raw), words)
            )
        } else if raw.isEmpty, !isListed {
            let words =
                "when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required"
            errors.append(FieldError("spec.resourceAttributes.fieldSelector.requirements", .required, words))
        }
        return errors
    }

    private static func localErrors(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let spec = object["spec"] ?? [:]
        let namespace = object["metadata"]?["namespace"]?.string ?? ""
        if let resource = part(spec, "resourceAttributes") {
            let own = resource["namespace"]?.string ?? ""
            if own != namespace {
                let field: FieldPath = "spec.resourceAttributes.namespace"
                errors.append(FieldError(field, .invalid, value: .string(own), "must match metadata.namespace"))
            }
        }
        if let path = part(spec, "nonResourceAttributes") {
            let words = "disallowed on this kind of request"
            errors.append(FieldError("spec.nonResourceAttributes", .invalid, value: path, words))
        }
        return errors
    }

    private static func attributes(_ spec: JSONValue, _ identity: RequestIdentity) -> RequestAttributes {
        guard let asked = part(spec, "resourceAttributes") else {
            let asked = spec["nonResourceAttributes"]
            return RequestAttributes(
                identity: identity,
                verb: asked?["verb"]?.string ?? "",
                target: .path(asked?["path"]?.string ?? "")
            )
        }
        return RequestAttributes(
            identity: identity,
            verb: asked["verb"]?.string ?? "",
            target: .resource(
                group: asked["group"]?.string ?? "",
                plural: asked["resource"]?.string ?? "",
                subresource: asked["subresource"]?.string ?? "",
                namespace: asked["namespace"]?.string ?? "",
                name: asked["name"]?.string ?? ""
            ),
            fieldsEqual: fields(asked["fieldSelector"])
        )
    }

    /// What a field selector demands to be equal; what cannot be understood demands nothing, and so allows no more.
    private static func fields(_ selector: JSONValue?) -> [String: String] {
        var fields: [String: String] = [:]
        if let raw = selector?["rawSelector"]?.string, let parsed = try? FieldSelector(parsing: raw) {
            for term in parsed.terms where term.isEqual { fields[term.field] = term.value }
        }
        for requirement in selector?["requirements"]?.array ?? [] {
            let values = (requirement["values"]?.array ?? []).compactMap(\.string)
            guard requirement["operator"] == "In", values.count == 1, let key = requirement["key"]?.string else {
                continue
            }
            fields[key] = values[0]
        }
        return fields
    }
}
