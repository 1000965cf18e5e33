import Addressing
import JSON
import KubernetesAPI

/// Ranges of ClusterIPs: one for each family; a second family may be added, nothing else changes.
struct ServiceCIDRStrategy: ObjectStrategy {
    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.fillIn("spec", [:])
        object.fillIn("status", [:])
    }

    func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = [:]
    }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let field: FieldPath = "spec.cidrs"
        let spec = ObjectView(object).spec
        let texts = spec.cidrs.texts
        let families = texts.compactMap { IPPrefix($0)?.family }
        if texts.isEmpty {
            validator.required(field, "at least one CIDR required")
        } else if texts.count > 2 {
            validator.invalid(field, spec.shown, "may only hold up to 2 values")
        } else if texts.count == 2, Set(families).count != 2 {
            let detail =
                "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96"
            validator.invalid(field, spec.shown, detail)
        } else {
            for (index, text) in texts.enumerated() { validator.prefix(field[index], text) }
        }
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        let ranges = ObjectView(object).spec.cidrs
        let (new, old) = (ranges.texts, ObjectView(old).spec.cidrs.texts)
        let field: FieldPath = "spec.cidrs"
        switch (old.count, new.count) {
        case (let before, let after) where before == after:
            for index in old.indices where old[index] != new[index] {
                validator.invalid(field[index], .string(new[index]), "field is immutable")
            }
        case (1, 2):
            if new[0] != old[0] { validator.invalid(field[0], .string(new[0]), "field is immutable") }
        default:
            validator.invalid(field, ranges.shown, "field is immutable")
        }
        return validator.errors
    }
}
