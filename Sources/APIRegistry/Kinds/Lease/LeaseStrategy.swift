import JSON
import KubernetesAPI

/// Leases: times and counts that make sense.
struct LeaseStrategy: ObjectStrategy {
    let isCreatedByUpdate = true
    let isUpdatedByVersionOnly = true

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.fillIn("spec", [:])
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let spec = ObjectView(object).spec
        if let seconds = spec.leaseDurationSeconds.number, seconds <= 0 {
            validator.invalid("spec.leaseDurationSeconds", .integer(seconds), "must be greater than 0")
        }
        if let count = spec.leaseTransitions.number, count < 0 {
            validator.invalid("spec.leaseTransitions", .integer(count), "must be greater than or equal to 0")
        }
        if spec.preferredHolder.text != "", spec.strategy.text.isEmpty {
            validator.invalid(
                "spec.preferredHolder",
                spec.preferredHolder.shown,
                "must be specified only when `strategy` is set"
            )
        }
        return validator.errors
    }
}
