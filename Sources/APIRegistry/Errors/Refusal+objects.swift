import APISchema
import JSON
public import KubernetesAPI

// Refusals that are about an object, or about objects of a kind.

extension Refusal {
    /// There is no object of that name.
    public static func notFound(_ resource: QualifiedName, name: String) -> Refusal {
        Refusal(.notFound, "\(resource) \(name.goQuoted) not found", details: details(resource, name))
    }

    /// There is no object of that name.
    public static func notFound(_ resource: ResourceType, name: String) -> Refusal {
        notFound(resource.qualifiedPlural, name: name)
    }

    /// An object of that name is there already.
    public static func alreadyExists(_ resource: ResourceType, name: String) -> Refusal {
        let plural = resource.qualifiedPlural
        return Refusal(.alreadyExists, "\(plural) \(name.goQuoted) already exists", details: details(plural, name))
    }

    /// All names that were made from a `generateName` were taken.
    public static func generatedNameTaken(_ resource: ResourceType, name: String) -> Refusal {
        let plural = resource.qualifiedPlural
        var details = details(plural, name)
        details.retryAfterSeconds = 1
        let words = "already exists, the server was not able to generate a unique name for the object"
        return Refusal(.alreadyExists, "\(plural) \(name.goQuoted) \(words)", details: details)
    }

    /// The object is not as the request supposes.
    ///
    /// - Parameter words: In what it differs.
    public static func conflict(_ resource: QualifiedName, name: String, _ words: String) -> Refusal {
        Refusal(
            .conflict,
            "Operation cannot be fulfilled on \(resource) \(name.goQuoted): \(words)",
            details: details(resource, name)
        )
    }

    /// The object was changed after the version that the request is based on.
    public static func modified(_ resource: ResourceType, name: String) -> Refusal {
        let remedy = "please apply your changes to the latest version and try again"
        return conflict(resource.qualifiedPlural, name: name, "the object has been modified; \(remedy)")
    }

    /// The object was changed so often meanwhile that the server gave up.
    public static func contention(_ resource: ResourceType, operation: String) -> Refusal {
        let plural = resource.qualifiedPlural
        return Refusal(
            .serverTimeout,
            "The \(operation) operation against \(plural) could not be completed at this time, please try again.",
            details: Status.Details(name: operation, group: plural.group, kind: plural.name, retryAfterSeconds: 1)
        )
    }

    /// The object has wrong fields.
    ///
    /// - Parameters:
    ///   - kind: The object's kind with its group.
    ///   - name: The object's name; empty where it has none.
    ///   - errors: What is wrong, in the order of the answer's causes.
    public static func invalid(_ kind: QualifiedName, name: String, _ errors: [FieldError]) -> Refusal {
        // Upstream's aggregate of errors says the same thing once, while the causes have it as often as it was found.
        var seen: Set<String> = []
        let messages = errors.map { "\($0.field): \($0.message)" }.filter { seen.insert($0).inserted }
        var message = "\(kind) \(name.goQuoted) is invalid"
        switch messages.count {
        case 0: break
        case 1: message += ": \(messages[0])"
        default: message += ": [\(messages.joined(separator: ", "))]"
        }
        return Refusal(
            .invalid,
            message,
            details: Status.Details(name: name, group: kind.group, kind: kind.name, causes: errors.map(\.cause))
        )
    }

    /// The object has wrong fields.
    public static func invalid(_ resource: ResourceType, name: String, _ errors: [FieldError]) -> Refusal {
        invalid(resource.qualifiedKind, name: name, errors)
    }

    /// An update needs a resourceVersion, as objects of this kind cannot be written unconditionally.
    public static func needsResourceVersion(_ resource: ResourceType, name: String) -> Refusal {
        let error = FieldError("metadata.resourceVersion", .invalid, value: 0, "must be specified for an update")
        return invalid(resource, name: name, [error])
    }

    /// Something that only the state of the cluster forbids, and no access rule: `words` say what.
    public static func forbidden(_ resource: ResourceType, name: String, _ words: String) -> Refusal {
        let plural = resource.qualifiedPlural
        let subject = name.isEmpty ? "\(plural)" : "\(plural) \(name.goQuoted)"
        return Refusal(.forbidden, "\(subject) is forbidden: \(words)", details: details(plural, name))
    }

    /// Nothing new is made in a namespace that goes.
    public static func namespaceIsTerminating(_ resource: ResourceType, name: String, namespace: String) -> Refusal {
        let words = "unable to create new content in namespace \(namespace) because it is being terminated"
        var refusal = forbidden(resource, name: name, words)
        refusal.details?.causes = [
            Status.Cause(
                reason: "NamespaceTerminating",
                message: "namespace \(namespace) is being terminated",
                field: "metadata.namespace"
            )
        ]
        return refusal
    }

    private static func details(_ subject: QualifiedName, _ name: String) -> Status.Details {
        Status.Details(name: name, group: subject.group, kind: subject.name)
    }
}
