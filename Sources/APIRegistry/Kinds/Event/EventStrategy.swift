import JSON
import KubernetesAPI

/// Events, in the form of the core group, whichever group they are written through.
struct EventStrategy: ObjectStrategy {
    let isCreatedByUpdate = true

    /// Whether they are written through `events.k8s.io`, which demands more.
    let isStrict: Bool
    private static let textLimit = 128
    private static let noteLimit = 1_024

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        // As upstream's JSON has them.
        for name in ["involvedObject", "source"] { object.fillIn(name, [:]) }
        for name in ["firstTimestamp", "lastTimestamp", "eventTime"] { object.fillIn(name, .null) }
        for name in ["reportingComponent", "reportingInstance"] { object.fillIn(name, "") }
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let event = ObjectView(object)
        validateNamespace(event, &validator)
        if event.eventTime.isPresent { validateReport(event, &validator) }
        let namespace = event.metadata.namespace.text
        validator.invalid("namespace", .string(namespace), TextRules.subdomain(namespace))
        if isStrict { validateSeries(event, &validator) }
        return validator.errors
    }

    private func validateNamespace(_ event: ObjectView, _ validator: inout FieldValidator) {
        let (own, other) = (event.metadata.namespace.text, event.involvedObject.namespace.text)
        let allowed =
            if event.eventTime.isPresent {
                other.isEmpty ? ["default", "kube-system"] : [own]
            } else {
                other.isEmpty ? ["", "default"] : [other]
            }
        if !allowed.contains(own) {
            validator.invalid("involvedObject.namespace", .string(other), "does not match event.namespace")
        }
    }

    /// What events must tell that say when they happened.
    private func validateReport(_ event: ObjectView, _ validator: inout FieldValidator) {
        let controller = event.reportingComponent
        if controller.text.isEmpty { validator.required("reportingController") }
        validator.invalid("reportingController", .string(controller.text), TextRules.qualifiedName(controller.text))
        for name in ["reportingInstance", "action", "reason"] {
            let field = FieldPath([.field(name)])
            if event[name].text.isEmpty { validator.required(field) }
            if event[name].text.utf8.count > Self.textLimit {
                validator.invalid(field, "", "can have at most \(Self.textLimit) characters")
            }
        }
        if event.message.text.utf8.count > Self.noteLimit {
            validator.invalid("message", "", "can have at most \(Self.noteLimit) characters")
        }
    }

    private func validateSeries(_ event: ObjectView, _ validator: inout FieldValidator) {
        guard event.series.isPresent else { return }
        if event.series["count"].number ?? 0 < 2 { validator.invalid("series.count", "", "should be at least 2") }
        if !event.series.lastObservedTime.isPresent { validator.required("series.lastObservedTime") }
    }

    /// What `events.k8s.io` demands of new events.
    func validateCreate(_ object: JSONValue) -> [FieldError] {
        guard isStrict else { return [] }
        var validator = FieldValidator()
        let event = ObjectView(object)
        if !event.eventTime.isPresent { validator.required("eventTime") }
        if !["Normal", "Warning"].contains(event.type.text) {
            validator.invalid("type", "", "has invalid value: \(event.type.text)")
        }
        for name in ["firstTimestamp", "lastTimestamp"] where event[name].isPresent {
            validator.invalid(FieldPath([.field(name)]), "", "needs to be unset")
        }
        if event["count"].number ?? 0 != 0 { validator.invalid("count", "", "needs to be unset") }
        if event.source.count > 0 { validator.invalid("source", "", "needs to be unset") }
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        guard isStrict else { return [] }
        var validator = FieldValidator()
        let (new, old) = (ObjectView(object), ObjectView(old))
        let fixed = [
            "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type",
            "eventTime", "action", "related",
        ]
        for name in fixed { validator.immutable(FieldPath([.field(name)]), new[name], old[name]) }
        validator.immutable("reportingController", new.reportingComponent, old.reportingComponent)
        validator.immutable("reportingInstance", new.reportingInstance, old.reportingInstance)
        return validator.errors
    }
}
