import JSON
import KubernetesAPI

/// What Deployments, ReplicaSets and DaemonSets have in common: a template of pods, and a selector that finds them.
///
/// Source: `pkg/apis/apps/validation/validation.go`.
enum WorkloadRules {
    /// Fills in the template, and what is 0 anyway goes.
    static func fillIn(_ spec: inout JSONValue) {
        for name in ["minReadySeconds", "paused"] where spec[name] == 0 || spec[name] == false {
            spec.removeMember(name)
        }
        spec.mutateMember("template", PodSpecDefaults.fillInTemplate)
    }

    /// Fills in both halves of a rolling update.
    static func fillInRollingUpdate(_ strategy: inout JSONValue, unavailable: JSONValue, surge: JSONValue) {
        strategy.fillInText("type", "RollingUpdate")
        guard strategy["type"] == "RollingUpdate" else { return }
        strategy.mutateOrMakeMember("rollingUpdate") { update in
            update.fillIn("maxUnavailable", unavailable)
            update.fillIn("maxSurge", surge)
        }
    }

    /// The selector, and that it finds the pods of the template.
    ///
    /// - Parameter kind: In the words about an empty selector.
    static func validatePods(
        _ spec: ObjectView,
        _ kind: String,
        templateField: FieldPath = "spec.template",
        _ validator: inout FieldValidator
    ) {
        let field: FieldPath = "spec.selector"
        let selector = ObjectSelector(spec.selector)
        if !spec.selector.isPresent {
            validator.required(field)
        } else {
            validator.labelSelector(field, spec.selector)
            if selector.isEmpty {
                validator.invalid(field, spec.selector.shown, "empty selector is invalid for \(kind)")
            }
        }
        let template = spec.template
        guard template.isPresent else { return validator.required(templateField) }
        if spec.selector.isPresent, !selector.isEmpty, !selector.matches(template.metadata.labels.textMap) {
            let field = templateField.field("metadata").field("labels")
            let detail = "`selector` does not match template `labels`"
            validator.invalid(field, template.metadata.labels.shown, detail)
        }
    }

    /// The template itself, and what pods that are made again and again cannot be.
    ///
    /// - Parameter owner: The kind, in the words about deadlines.
    static func validateTemplate(_ template: ObjectView, _ owner: String, _ validator: inout FieldValidator) {
        guard template.isPresent else { return }
        let field: FieldPath = "spec.template"
        validator.labels(field.field("labels"), template.metadata.labels)
        validator.annotations(field.field("annotations"), template.metadata.annotations)
        var pods = PodSpecValidator(template.spec, at: field.field("spec"), isPod: false)
        pods.errors = validator
        pods.validate()
        validator = pods.errors
        let policy = template.spec.restartPolicy
        if policy.text != "Always" {
            validator.unsupported(field.field("spec").field("restartPolicy"), policy.shownText, ["Always"])
        }
        if template.spec.activeDeadlineSeconds.isPresent {
            let detail = "activeDeadlineSeconds in \(owner) is not Supported"
            validator.forbidden(field.field("spec").field("activeDeadlineSeconds"), detail)
        }
    }

    /// A number, or a share in percent.
    static func validateShare(
        _ share: ObjectView,
        _ field: FieldPath,
        atMostAll: Bool,
        _ validator: inout FieldValidator
    ) {
        validator.nonNegative(field, share)
        guard let text = share.json?.string else { return }
        guard let percent = percent(text) else {
            let rule =
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
                + "regex used for validation is '[0-9]+%')"
            return validator.invalid(field, share.shown, rule)
        }
        if atMostAll, percent > 100 { validator.invalid(field, share.shown, "must not be greater than 100%") }
    }

    /// Whether a number or a share in percent is nothing.
    static func isZero(_ share: ObjectView) -> Bool {
        share.number == 0 || share.json?.string.flatMap(percent) == 0
    }

    private static func percent(_ text: String) -> Int? {
        guard text.last == "%", text.utf8.dropLast().allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let digits = text.dropLast()
        return digits.isEmpty ? nil : Int(digits) ?? .max
    }

    /// A change: the selector stays, and the status is judged by itself.
    static func validateUpdate(
        _ object: JSONValue,
        old: JSONValue,
        subresource: Subresource?,
        status: (ObjectView, inout FieldValidator) -> Void
    ) -> [FieldError] {
        var validator = FieldValidator()
        let (new, old) = (ObjectView(object), ObjectView(old))
        if subresource == .status {
            status(new.status, &validator)
        } else {
            validator.immutable("spec.selector", new.spec.selector, old.spec.selector)
        }
        return validator.errors
    }

    /// Counts of pods in a status: none negative, and no part of them larger than the whole.
    static func validateCounts(_ status: ObjectView, _ names: [String], _ validator: inout FieldValidator) {
        let total = status.replicas.number ?? 0
        let field: FieldPath = "status"
        for name in ["replicas"] + names + ["observedGeneration", "collisionCount"] {
            validator.nonNegative(field.field(name), status[name])
        }
        for name in names where name != "unavailableReplicas" && status[name].number ?? 0 > total {
            validator.invalid(field.field(name), status[name].shown, "cannot be greater than status.replicas")
        }
        if status.availableReplicas.number ?? 0 > status.readyReplicas.number ?? 0 {
            let shown = status.availableReplicas.shown
            validator.invalid(field.field("availableReplicas"), shown, "cannot be greater than readyReplicas")
        }
    }

    /// Warnings about the template.
    static func warnings(_ object: JSONValue) -> [String] {
        let template = ObjectView(object).spec.template
        return PodWarnings.warnings(of: template.spec, metadata: template.metadata, at: "spec.template")
    }

    /// What tables show of the template.
    static let columns: [TableColumn] = [
        .text("Containers", priority: 1, "The names of the template's containers.") { workload in
            workload.spec.template.spec.containers.elements.map(\.name.text).joined(separator: ",")
        },
        .text("Images", priority: 1, "The images of the template's containers.") { workload in
            workload.spec.template.spec.containers.elements.map(\.image.text).joined(separator: ",")
        },
        .text("Selector", priority: 1, "Which pods belong to it.") { ObjectSelector($0.spec.selector).text },
    ]
}
