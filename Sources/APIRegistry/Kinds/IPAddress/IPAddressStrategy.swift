import JSON
import KubernetesAPI

/// Addresses: each belongs to one object, for good.
struct IPAddressStrategy: ObjectStrategy {
    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.fillIn("spec", [:])
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let parent = ObjectView(object).spec.parentRef
        let field: FieldPath = "spec.parentRef"
        guard parent.isPresent else {
            validator.required(field)
            return validator.errors
        }
        validator.optionalText(field.field("group"), parent.group, TextRules.subdomain)
        validator.text(field.field("resource"), parent.resource, TextRules.pathSegment)
        validator.text(field.field("name"), parent.name, TextRules.pathSegment)
        validator.optionalText(field.field("namespace"), parent.namespace, TextRules.pathSegment)
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        validator.immutable("spec.parentRef", ObjectView(object).spec.parentRef, ObjectView(old).spec.parentRef)
        return validator.errors
    }
}
