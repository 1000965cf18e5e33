import JSON
import KubernetesAPI

/// Namespaces: a label with their name, and an end that waits for their contents.
struct NamespaceStrategy: ObjectStrategy {
    private static let finalizer: JSONValue = "kubernetes"

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        let name = ObjectView(object).metadata.name.text
        if !name.isEmpty {
            object.mutateOrMakeMember("metadata") { metadata in
                metadata.mutateOrMakeMember("labels") { labels in
                    guard case .object = labels else { return }
                    labels["kubernetes.io/metadata.name"] = .string(name)
                }
            }
        }
        object.fillIn("spec", [:])
        object.mutateOrMakeMember("status") { $0.fillInText("phase", "Active") }
    }

    func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = ["phase": "Active"]
        object.mutateOrMakeMember("spec") { spec in
            let present = spec["finalizers"]?.array ?? []
            if !present.contains(Self.finalizer) { spec["finalizers"] = .array(present + [Self.finalizer]) }
        }
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {
        switch subresource {
        case .status:
            object["spec"] = old["spec"]
        case .finalize:
            object["status"] = old["status"]
        default:
            object["status"] = old["status"]
            object.mutateOrMakeMember("spec") { spec in
                if case .object = spec { spec["finalizers"] = old["spec"]?["finalizers"] }
            }
        }
    }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        for name in ObjectView(object).spec.finalizers.texts { validator.finalizer("spec.finalizers", name) }
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        guard subresource == .status else { return [] }
        let namespace = ObjectView(object)
        let isLeaving = !namespace.metadata.deletionTimestamp.text.isEmpty
        let phase = namespace.status.phase
        if !isLeaving, phase.text != "Active" {
            let detail = "may only be 'Active' if `deletionTimestamp` is empty"
            validator.invalid("status.Phase", phase.shownText, detail)
        } else if isLeaving, phase.text != "Terminating" {
            let detail = "may only be 'Terminating' if `deletionTimestamp` is not empty"
            validator.invalid("status.Phase", phase.shownText, detail)
        }
        return validator.errors
    }
}

extension FieldValidator {
    /// Who must be done before an object ends.
    fileprivate mutating func finalizer(_ field: FieldPath, _ name: String) {
        let problems = TextRules.qualifiedName(name)
        invalid(field, .string(name), problems)
        if problems.isEmpty, !name.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(name) {
            invalid(field, .string(name), "name is neither a standard finalizer name nor is it fully qualified")
        }
    }
}
