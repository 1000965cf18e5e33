import JSON
import KubernetesAPI

/// DaemonSets: pods replaced one node after the other where nobody says otherwise, and a selector for good.
struct DaemonSetStrategy: ObjectStrategy {
    private static let templateGeneration = "deprecated.daemonset.template.generation"
    private static let counts = [
        "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
        "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "observedGeneration", "collisionCount",
    ]
    private static let emptyStatus: JSONValue = [
        "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
    ]

    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("spec") { spec in
            WorkloadRules.fillIn(&spec)
            spec.mutateOrMakeMember("updateStrategy") { strategy in
                WorkloadRules.fillInRollingUpdate(&strategy, unavailable: 1, surge: 0)
            }
            spec.fillIn("revisionHistoryLimit", 10)
        }
        object.mutateOrMakeMember("status") { status in
            for member in Self.emptyStatus.object ?? JSONObject() { status.fillIn(member.name, member.value) }
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = Self.emptyStatus
        annotate(&object, 1)
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {
        if subresource == .status {
            object["spec"] = old["spec"]
            return
        }
        object["status"] = old["status"]
        let before = Int(ObjectView(old).metadata.annotations[Self.templateGeneration].text) ?? 1
        let isChanged = object["spec"]?["template"] != old["spec"]?["template"]
        annotate(&object, isChanged && before < .max ? before + 1 : before)
    }

    /// Older clients tell by an annotation how often the template changed.
    private func annotate(_ object: inout JSONValue, _ generation: Int) {
        object.mutateOrMakeMember("metadata") { metadata in
            metadata.mutateOrMakeMember("annotations") { annotations in
                if case .object = annotations { annotations[Self.templateGeneration] = .string("\(generation)") }
            }
        }
    }

    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool { object["spec"] != old["spec"] }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let spec = ObjectView(object).spec
        WorkloadRules.validatePods(spec, "daemonset", &validator)
        WorkloadRules.validateTemplate(spec.template, "DaemonSet", &validator)
        for name in ["minReadySeconds", "revisionHistoryLimit"] {
            validator.nonNegative(FieldPath("spec").field(name), spec[name])
        }
        let (strategy, field): (ObjectView, FieldPath) = (spec.updateStrategy, "spec.updateStrategy")
        switch strategy.type.text {
        case "OnDelete": break
        case "RollingUpdate":
            let (update, field) = (strategy.rollingUpdate, field.field("rollingUpdate"))
            for name in ["maxUnavailable", "maxSurge"] {
                WorkloadRules.validateShare(update[name], field.field(name), atMostAll: true, &validator)
            }
            switch (WorkloadRules.isZero(update.maxUnavailable), WorkloadRules.isZero(update.maxSurge)) {
            case (true, true):
                validator.required(field.field("maxUnavailable"), "cannot be 0 when maxSurge is 0")
            case (false, false):
                let detail = "may not be set when maxUnavailable is non-zero"
                validator.invalid(field.field("maxSurge"), update.maxSurge.shown, detail)
            default: break
            }
        default: validator.unsupported(field, strategy.shown, ["RollingUpdate", "OnDelete"])
        }
        return validator.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        WorkloadRules.validateUpdate(object, old: old, subresource: subresource) { status, validator in
            for name in Self.counts { validator.nonNegative(FieldPath("status").field(name), status[name]) }
        }
    }

    func warnings(_ object: JSONValue, old: JSONValue?) -> [String] { WorkloadRules.warnings(object) }

    static let columns: [TableColumn] =
        [
            .name,
            .count("Desired", "How many nodes should have a pod.") { $0.status.desiredNumberScheduled.number ?? 0 },
            .count("Current", "How many nodes have one.") { $0.status.currentNumberScheduled.number ?? 0 },
            .count("Ready", "On how many nodes it is ready.") { $0.status.numberReady.number ?? 0 },
            .count("Up-to-date", "On how many nodes it is of the present template.") {
                $0.status.updatedNumberScheduled.number ?? 0
            },
            .count("Available", "On how many nodes it has been ready for long enough.") {
                $0.status.numberAvailable.number ?? 0
            },
            .text("Node Selector", "Which nodes should have a pod.") {
                ObjectSelector.text(of: $0.spec.template.spec.nodeSelector)
            },
            .age,
        ] + WorkloadRules.columns
}
