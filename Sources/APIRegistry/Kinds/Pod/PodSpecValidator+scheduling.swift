import JSON
import KubernetesAPI

extension PodSpecValidator {
    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    mutating func validateAffinity() {
        let (affinity, field) = (spec.affinity, path.field("affinity"))
        let (node, nodeField) = (affinity.nodeAffinity, field.field("nodeAffinity"))
        if node[Self.required].isPresent {
            let terms = node[Self.required].nodeSelectorTerms
            let field = nodeField.field(Self.required).field("nodeSelectorTerms")
            if terms.count == 0 { errors.required(field, "must have at least one node selector term") }
            for (index, term) in terms.elements.enumerated() { validateTerm(term, field[index]) }
        }
        for (index, term) in node[Self.preferred].elements.enumerated() {
            let field = nodeField.field(Self.preferred)[index]
            validateWeight(term.weight, field.field("weight"))
            validateTerm(term.preference, field.field("preference"))
        }
        for name in ["podAffinity", "podAntiAffinity"] {
            let (pods, field) = (affinity[name], field.field(name))
            for (index, term) in pods[Self.required].elements.enumerated() {
                validatePodTerm(term, field.field(Self.required)[index])
            }
            for (index, term) in pods[Self.preferred].elements.enumerated() {
                let field = field.field(Self.preferred)[index]
                validateWeight(term.weight, field.field("weight"))
                validatePodTerm(term.podAffinityTerm, field.field("podAffinityTerm"))
            }
        }
    }

    private mutating func validateWeight(_ weight: ObjectView, _ field: FieldPath) {
        if !(1...100).contains(weight.number ?? 0) {
            errors.invalid(field, weight.shownNumber, "must be in the range 1-100")
        }
    }

    /// What is demanded of a node's labels and its name.
    private mutating func validateTerm(_ term: ObjectView, _ field: FieldPath) {
        for (index, requirement) in term.matchExpressions.elements.enumerated() {
            let field = field.field("matchExpressions")[index]
            let count = requirement.values.count
            switch requirement.operator.text {
            case "In", "NotIn":
                if count == 0 {
                    errors.required(field.field("values"), "must be specified when `operator` is 'In' or 'NotIn'")
                }
            case "Exists", "DoesNotExist":
                if count > 0 {
                    let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    errors.forbidden(field.field("values"), detail)
                }
            case "Gt", "Lt":
                if count != 1 {
                    let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
                    errors.required(field.field("values"), detail)
                }
            default:
                errors.invalid(field.field("operator"), requirement.operator.shownText, "not a valid selector operator")
            }
            let key = requirement.key.text
            errors.invalid(field.field("key"), .string(key), TextRules.qualifiedName(key))
        }
        for (index, requirement) in term.matchFields.elements.enumerated() {
            let field = field.field("matchFields")[index]
            if !["In", "NotIn"].contains(requirement.operator.text) {
                errors.invalid(field.field("operator"), requirement.operator.shownText, "not a valid selector operator")
            } else if requirement.values.count != 1 {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
                errors.required(field.field("values"), detail)
            }
            guard requirement.key.text == "metadata.name" else {
                errors.invalid(field.field("key"), requirement.key.shownText, "not a valid field selector key")
                continue
            }
            for (index, name) in requirement.values.texts.enumerated() {
                errors.invalid(field.field("values")[index], .string(name), TextRules.subdomain(name))
            }
        }
    }

    private mutating func validatePodTerm(_ term: ObjectView, _ field: FieldPath) {
        for name in ["labelSelector", "namespaceSelector"] { errors.labelSelector(field.field(name), term[name]) }
        for name in term.namespaces.texts {
            errors.invalid(field.field("namespace"), .string(name), TextRules.label(name))
        }
        for list in ["matchLabelKeys", "mismatchLabelKeys"] where term[list].count > 0 {
            guard term.labelSelector.isPresent else {
                errors.forbidden(field.field(list), "must not be specified when labelSelector is not set")
                continue
            }
            for (index, key) in term[list].texts.enumerated() {
                errors.invalid(field.field(list)[index], .string(key), TextRules.qualifiedName(key))
            }
        }
        let key = term.topologyKey.text
        if key.isEmpty { errors.required(field.field("topologyKey"), "can not be empty") }
        errors.invalid(field.field("topologyKey"), .string(key), TextRules.qualifiedName(key))
    }

    mutating func validateSpreading() {
        let actions = ["DoNotSchedule", "ScheduleAnyway"]
        var seen: Set<[String]> = []
        for (index, constraint) in spec.topologySpreadConstraints.elements.enumerated() {
            let field = path.field("topologySpreadConstraints")[index]
            let (key, action) = (constraint.topologyKey.text, constraint.whenUnsatisfiable.text)
            if constraint.maxSkew.number ?? 0 <= 0 {
                errors.invalid(field.field("maxSkew"), constraint.maxSkew.shownNumber, "must be greater than zero")
            }
            if key.isEmpty { errors.required(field.field("topologyKey"), "can not be empty") }
            if !actions.contains(action) {
                errors.unsupported(field.field("whenUnsatisfiable"), .string(action), actions)
            }
            if !seen.insert([key, action]).inserted {
                errors.duplicate(field.field("{topologyKey, whenUnsatisfiable}"), .string("{\(key), \(action)}"))
            }
            if let count = constraint.minDomains.number {
                let field = field.field("minDomains")
                if count <= 0 { errors.invalid(field, .integer(count), "must be greater than zero") }
                if action != "DoNotSchedule" {
                    let detail = "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(action)"
                    errors.invalid(field, .integer(count), detail)
                }
            }
            for name in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
                errors.choice(field.field(name), constraint[name], ["Honor", "Ignore"], required: false)
            }
            errors.labelSelector(field.field("labelSelector"), constraint.labelSelector)
        }
    }
}
