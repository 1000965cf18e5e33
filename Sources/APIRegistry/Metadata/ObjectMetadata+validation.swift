import APISchema
public import JSON
import KubernetesAPI

extension ObjectMetadata {
    /// How many bytes the names and values of all annotations may have.
    public static let annotationLimit = 256 << 10

    private static let path: FieldPath = "metadata"

    /// What is wrong with the metadata of a new object, its name generated.
    public static func validate(_ object: JSONValue, kind: KindDefinition) -> [FieldError] {
        let metadata = object["metadata"] ?? [:]
        var errors: [FieldError] = []
        let base = text(metadata["generateName"])
        if !base.isEmpty {
            errors += kind.nameRule.problems(with: base, isPrefix: true).map {
                FieldError(path.field("generateName"), .invalid, value: .string(base), $0)
            }
        }
        let name = text(metadata["name"])
        if name.isEmpty {
            errors.append(FieldError(path.field("name"), .required, "name or generateName is required"))
        } else {
            let problems =
                kind.nameRule.problems(with: name)
                + (kind.nameRule == .pathSegment
                    ? [] : KindDefinition.NameRule.pathSegmentProblems(name, isPrefix: false))
            errors += problems.map { FieldError(path.field("name"), .invalid, value: .string(name), $0) }
        }
        let namespace = text(metadata["namespace"])
        if kind.resource.namespaced {
            if namespace.isEmpty {
                errors.append(FieldError(path.field("namespace"), .required))
            } else {
                errors += KindDefinition.NameRule.label.problems(with: namespace).map {
                    FieldError(path.field("namespace"), .invalid, value: .string(namespace), $0)
                }
            }
        } else if !namespace.isEmpty {
            errors.append(FieldError(path.field("namespace"), .forbidden, "not allowed on this type"))
        }
        return errors + validateCommon(metadata)
    }

    /// What is wrong with a change of metadata.
    public static func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        let metadata = object["metadata"] ?? [:]
        let present = old["metadata"] ?? [:]
        var errors: [FieldError] = []
        if present["deletionTimestamp"] != nil {
            let old = Set(strings(present["finalizers"]))
            let new = Set(strings(metadata["finalizers"])).subtracting(old).sorted()
            if !new.isEmpty {
                let list = "[]string{\(new.map(\.goQuoted).joined(separator: ", "))}"
                let words =
                    "no new finalizers can be added if the object is being deleted, found new finalizers \(list)"
                errors.append(FieldError(path.field("finalizers"), .forbidden, words))
            }
        }
        let immutable = [
            "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        ]
        for field in immutable where metadata[field] != present[field] {
            errors.append(
                FieldError(path.field(field), .invalid, value: metadata[field] ?? .null, "field is immutable")
            )
        }
        return errors + validateCommon(metadata)
    }

    private static func validateCommon(_ metadata: JSONValue) -> [FieldError] {
        validateLabels(metadata["labels"]) + validateAnnotations(metadata["annotations"])
            + validateOwners(metadata["ownerReferences"]) + validateFinalizers(metadata["finalizers"])
    }

    private static func validateLabels(_ labels: JSONValue?) -> [FieldError] {
        let path = path.field("labels")
        var errors: [FieldError] = []
        for label in labels?.object ?? JSONObject() {
            errors += LabelRules.problems(name: label.name).map {
                FieldError(path, .invalid, value: .string(label.name), $0)
            }
            errors += LabelRules.problems(value: text(label.value)).map {
                FieldError(path, .invalid, value: label.value, $0)
            }
        }
        return errors
    }

    private static func validateAnnotations(_ annotations: JSONValue?) -> [FieldError] {
        let path = path.field("annotations")
        var errors: [FieldError] = []
        var byteCount = 0
        for annotation in annotations?.object ?? JSONObject() {
            // Upper case is allowed in the prefix, too.
            errors += LabelRules.problems(name: annotation.name.lowercased()).map {
                FieldError(path, .invalid, value: .string(annotation.name), $0)
            }
            byteCount += annotation.name.utf8.count + text(annotation.value).utf8.count
        }
        if byteCount > annotationLimit {
            errors.append(FieldError(path, .tooLong, "may not be more than \(annotationLimit) bytes"))
        }
        return errors
    }

    private static func validateOwners(_ owners: JSONValue?) -> [FieldError] {
        let path = path.field("ownerReferences")
        var errors: [FieldError] = []
        var controller: String?
        for owner in owners?.array ?? [] {
            let apiVersion = text(owner["apiVersion"])
            if apiVersion.split(separator: "/").last?.isEmpty ?? true {
                errors.append(
                    FieldError(
                        path.field("apiVersion"),
                        .invalid,
                        value: .string(apiVersion),
                        "version must not be empty"
                    )
                )
            }
            for field in ["kind", "name", "uid"] where text(owner[field]).isEmpty {
                errors.append(FieldError(path.field(field), .invalid, value: "", "must not be empty"))
            }
            if apiVersion == "v1", text(owner["kind"]) == "Event" {
                errors.append(
                    FieldError(path, .invalid, value: owner, "/v1, Kind=Event is disallowed from being an owner")
                )
            }
            guard owner["controller"]?.bool == true else { continue }
            let name = "\(text(owner["kind"]))/\(text(owner["name"]))"
            guard let first = controller else {
                controller = name
                continue
            }
            errors.append(
                FieldError(
                    path,
                    .invalid,
                    value: owners,
                    "Only one reference can have Controller set to true. Found \"true\" in references for \(first) and "
                        + name
                )
            )
        }
        return errors
    }

    private static func validateFinalizers(_ finalizers: JSONValue?) -> [FieldError] {
        let path = path.field("finalizers")
        let names = strings(finalizers)
        var errors = names.flatMap { name in
            LabelRules.problems(name: name).map { FieldError(path, .invalid, value: .string(name), $0) }
        }
        if names.contains(orphanFinalizer), names.contains(foregroundFinalizer) {
            let words = "finalizer \(orphanFinalizer) and \(foregroundFinalizer) cannot be both set"
            errors.append(FieldError(path, .invalid, value: finalizers, words))
        }
        return errors
    }

    /// The strings of an array; none where it is none.
    static func strings(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }
}
