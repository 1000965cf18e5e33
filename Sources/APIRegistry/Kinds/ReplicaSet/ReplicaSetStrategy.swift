import JSON
import KubernetesAPI

/// ReplicaSets: so many pods, one where nobody says so, and a selector for good.
struct ReplicaSetStrategy: ObjectStrategy {
    private static let counts = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"]

    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("spec") { spec in
            WorkloadRules.fillIn(&spec)
            spec.fillIn("replicas", 1)
        }
        object.mutateOrMakeMember("status") { $0.fillIn("replicas", 0) }
    }

    func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = ["replicas": 0]
    }

    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool { object["spec"] != old["spec"] }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let spec = ObjectView(object).spec
        for name in ["replicas", "minReadySeconds"] { validator.nonNegative(FieldPath("spec").field(name), spec[name]) }
        WorkloadRules.validatePods(spec, "deployment", &validator)
        WorkloadRules.validateTemplate(spec.template, "ReplicaSet", &validator)
        return validator.errors
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
            .count("Desired", "How many pods are wanted.") { $0.spec.replicas.number ?? 0 },
            .count("Current", "How many pods there are.") { $0.status.replicas.number ?? 0 },
            .count("Ready", "How many pods are ready.") { $0.status.readyReplicas.number ?? 0 },
            .age,
        ] + WorkloadRules.columns
}
