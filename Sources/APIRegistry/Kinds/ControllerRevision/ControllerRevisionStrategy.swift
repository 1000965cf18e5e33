import JSON
import KubernetesAPI

/// ControllerRevisions: data that never change.
///
/// Source: `ValidateControllerRevision` of `pkg/apis/apps/validation/validation.go`.
struct ControllerRevisionStrategy: ObjectStrategy {
    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.fillIn("revision", 0)
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let revision = ObjectView(object)
        if !revision.data.isPresent { validator.required("data", "data is mandatory") }
        validator.nonNegative("revision", revision.revision)
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        validator.immutable("data", ObjectView(object).data, ObjectView(old).data)
        return validator.errors
    }
}
