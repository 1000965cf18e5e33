import JSON
import KubernetesAPI

/// Roles, of a namespace or of everything: rules that say what may be done with what.
struct RoleStrategy: ObjectStrategy {
    let isCreatedByUpdate = true
    /// Whether the rights are those in one namespace.
    let isNamespaced: Bool

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.fillIn("rules", .null)
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let role = ObjectView(object)
        for (index, rule) in role.rules.elements.enumerated() {
            validateRule(rule, FieldPath("rules")[index], &validator)
        }
        if !isNamespaced, role.aggregationRule.isPresent {
            let field: FieldPath = "aggregationRule.clusterRoleSelectors"
            let selectors = role.aggregationRule.clusterRoleSelectors.elements
            if selectors.isEmpty {
                let detail = "at least one clusterRoleSelector required if aggregationRule is non-nil"
                validator.required(field, detail)
            }
            for (index, selector) in selectors.enumerated() { validator.labelSelector(field[index], selector) }
        }
        return validator.errors
    }

    private func validateRule(_ rule: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        if rule.verbs.count == 0 { validator.required(field.field("verbs"), "verbs must contain at least one value") }
        if rule.nonResourceURLs.count > 0 {
            let field = field.field("nonResourceURLs")
            if isNamespaced {
                let detail = "namespaced rules cannot apply to non-resource URLs"
                validator.invalid(field, rule.nonResourceURLs.shown, detail)
            }
            if rule.apiGroups.count > 0 || rule.resources.count > 0 || rule.resourceNames.count > 0 {
                let detail = "rules cannot apply to both regular resources and non-resource URLs"
                validator.invalid(field, rule.nonResourceURLs.shown, detail)
            }
            return
        }
        if rule.apiGroups.count == 0 {
            validator.required(field.field("apiGroups"), "resource rules must supply at least one api group")
        }
        if rule.resources.count == 0 {
            validator.required(field.field("resources"), "resource rules must supply at least one resource")
        }
    }
}

/// Bindings of roles: who has which; the role stays.
struct RoleBindingStrategy: ObjectStrategy {
    let isCreatedByUpdate = true
    /// The API group of roles.
    static let group = "rbac.authorization.k8s.io"
    /// Whether the rights are those in one namespace.
    let isNamespaced: Bool

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("roleRef") { $0.fillInText("apiGroup", .string(Self.group)) }
        object.mutateElements(of: "subjects") { subject in
            switch subject["kind"] {
            case "User", "Group": subject.fillInText("apiGroup", .string(Self.group))
            default: if subject["apiGroup"] == "" { subject.removeMember("apiGroup") }
            }
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let binding = ObjectView(object)
        let role = binding.roleRef
        if role.apiGroup.text != Self.group {
            validator.unsupported("roleRef.apiGroup", role.apiGroup.shownText, [Self.group])
        }
        let kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
        if !kinds.contains(role.kind.text) { validator.unsupported("roleRef.kind", role.kind.shownText, kinds) }
        validator.text("roleRef.name", role.name, TextRules.pathSegment)
        for (index, subject) in binding.subjects.elements.enumerated() {
            validateSubject(subject, FieldPath("subjects")[index], &validator)
        }
        return validator.errors
    }

    private func validateSubject(_ subject: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        if subject.name.text.isEmpty { validator.required(field.field("name")) }
        switch subject.kind.text {
        case "ServiceAccount":
            validator.optionalText(field.field("name"), subject.name, TextRules.subdomain)
            if !subject.apiGroup.text.isEmpty {
                validator.unsupported(field.field("apiGroup"), subject.apiGroup.shown, [""])
            }
            if !isNamespaced, subject.namespace.text.isEmpty { validator.required(field.field("namespace")) }
        case "User", "Group":
            if subject.apiGroup.text != Self.group {
                validator.unsupported(field.field("apiGroup"), subject.apiGroup.shownText, [Self.group])
            }
        default:
            let kinds = ["ServiceAccount", "User", "Group"]
            validator.unsupported(field.field("kind"), subject.kind.shownText, kinds)
        }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        if object["roleRef"] != old["roleRef"] {
            validator.invalid("roleRef", ObjectView(object).roleRef.shown, "cannot change roleRef")
        }
        return validator.errors
    }
}

/// What `kubectl get` shows of roles and bindings.
enum RoleColumns {
    static let roles: [TableColumn] = [
        .name,
        .text("Created At", "When the role was made.") { $0.metadata.creationTimestamp.text },
    ]

    static let bindings: [TableColumn] = [
        .name,
        .text("Role", "The role that is had.") { "\($0.roleRef.kind.text)/\($0.roleRef.name.text)" },
        .age,
        .text("Users", priority: 1, "The users that have it.") { subjects($0, "User") },
        .text("Groups", priority: 1, "The groups that have it.") { subjects($0, "Group") },
        .text("ServiceAccounts", priority: 1, "The ServiceAccounts that have it.") { subjects($0, "ServiceAccount") },
    ]

    private static func subjects(_ binding: ObjectView, _ kind: String) -> String {
        binding.subjects.elements.filter { $0.kind.text == kind }.map { subject in
            kind == "ServiceAccount" ? "\(subject.namespace.text)/\(subject.name.text)" : subject.name.text
        }.joined(separator: ", ")
    }
}
