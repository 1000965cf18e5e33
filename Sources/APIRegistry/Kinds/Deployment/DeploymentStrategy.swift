import JSON
import KubernetesAPI

/// Deployments: how fast they replace pods where nobody says so, and a selector for good.
struct DeploymentStrategy: ObjectStrategy {
    private static let counts = ["updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"]

    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("spec") { spec in
            WorkloadRules.fillIn(&spec)
            spec.fillIn("replicas", 1)
            spec.mutateOrMakeMember("strategy") { strategy in
                WorkloadRules.fillInRollingUpdate(&strategy, unavailable: "25%", surge: "25%")
            }
            spec.fillIn("revisionHistoryLimit", 10)
            spec.fillIn("progressDeadlineSeconds", 600)
        }
        object.fillIn("status", [:])
    }

    func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = [:]
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {
        if subresource == .status {
            object["spec"] = old["spec"]
            object.mutateMember("metadata") { $0["labels"] = old["metadata"]?["labels"] }
        } else {
            object["status"] = old["status"]
        }
    }

    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool {
        object["spec"] != old["spec"] || object["metadata"]?["annotations"] != old["metadata"]?["annotations"]
    }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let spec = ObjectView(object).spec
        validator.nonNegative("spec.replicas", spec.replicas)
        WorkloadRules.validatePods(spec, "deployment", &validator)
        WorkloadRules.validateTemplate(spec.template, "ReplicaSet", &validator)
        validateStrategy(spec.strategy, &validator)
        for name in ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
            validator.nonNegative(FieldPath("spec").field(name), spec[name])
        }
        if let deadline = spec.progressDeadlineSeconds.number, deadline <= spec.minReadySeconds.number ?? 0 {
            let detail = "must be greater than minReadySeconds"
            validator.invalid("spec.progressDeadlineSeconds", .integer(deadline), detail)
        }
        return validator.errors
    }

    private func validateStrategy(_ strategy: ObjectView, _ validator: inout FieldValidator) {
        let (update, field): (ObjectView, FieldPath) = (strategy.rollingUpdate, "spec.strategy.rollingUpdate")
        switch strategy.type.text {
        case "Recreate":
            if update.isPresent {
                validator.forbidden(field, "may not be specified when strategy `type` is 'Recreate'")
            }
        case "RollingUpdate":
            guard update.isPresent else {
                return validator.required(field, "this should be defaulted and never be nil")
            }
            let (unavailable, surge) = (update.maxUnavailable, update.maxSurge)
            WorkloadRules.validateShare(unavailable, field.field("maxUnavailable"), atMostAll: true, &validator)
            WorkloadRules.validateShare(surge, field.field("maxSurge"), atMostAll: false, &validator)
            if WorkloadRules.isZero(unavailable), WorkloadRules.isZero(surge) {
                let detail = "may not be 0 when `maxSurge` is 0"
                validator.invalid(field.field("maxUnavailable"), unavailable.shown, detail)
            }
        default:
            validator.unsupported("spec.strategy", strategy.shown, ["Recreate", "RollingUpdate"])
        }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        WorkloadRules.validateUpdate(object, old: old, subresource: subresource) { status, validator in
            WorkloadRules.validateCounts(status, Self.counts, &validator)
        }
    }

    func warnings(_ object: JSONValue, old: JSONValue?) -> [String] { WorkloadRules.warnings(object) }

    static let columns: [TableColumn] =
        [
            .name,
            .text("Ready", "How many of the pods that are wanted are ready.") { deployment in
                "\(deployment.status.readyReplicas.number ?? 0)/\(deployment.spec.replicas.number ?? 0)"
            },
            .count("Up-to-date", type: "string", "How many pods are of the present template.") {
                $0.status.updatedReplicas.number ?? 0
            },
            .count("Available", type: "string", "How many pods have been ready for long enough.") {
                $0.status.availableReplicas.number ?? 0
            },
            .age,
        ] + WorkloadRules.columns
}
