import Addressing
import JSON
import KubernetesAPI

/// Nodes: a new one is not ready until somebody says so; ranges of pods stay once they are given.
struct NodeStrategy: ObjectStrategy {
    private static let notReady: JSONValue = ["key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"]
    private static let information = [
        "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion",
        "kubeProxyVersion", "operatingSystem", "architecture",
    ]

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.fillIn("spec", [:])
        object.mutateMember("spec") { spec in
            spec.removeZeros(of: ["unschedulable", "podCIDR", "podCIDRs", "providerID", "externalID", "taints"])
            // The older field is the first of the newer one.
            if let first = spec["podCIDRs"]?[0]?.string {
                spec["podCIDR"] = .string(first)
            } else if let only = spec["podCIDR"]?.string, !only.isEmpty {
                spec["podCIDRs"] = [.string(only)]
            }
        }
        object.mutateOrMakeMember("status") { status in
            for name in ["capacity", "allocatable"] { status.mutateMember(name) { $0.writeQuantities() } }
            if let capacity = status["capacity"] { status.fillIn("allocatable", capacity) }
            status.mutateOrMakeMember("daemonEndpoints") { endpoints in
                endpoints.mutateOrMakeMember("kubeletEndpoint") { $0.fillIn("Port", 0) }
            }
            status.mutateOrMakeMember("nodeInfo") { info in
                for name in Self.information { info.fillIn(name, "") }
            }
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {
        // Who creates a node may know its state. Nothing is to be placed on it until it is told to be ready.
        object.mutateOrMakeMember("spec") { spec in
            let taints = spec["taints"]?.array ?? []
            let isThere = taints.contains {
                $0["key"] == Self.notReady["key"] && $0["effect"] == Self.notReady["effect"]
            }
            if !isThere { spec["taints"] = .array(taints + [Self.notReady]) }
        }
    }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let node = ObjectView(object)
        validateTaints(node.spec.taints, &validator)
        for name in ["capacity", "allocatable"] {
            for (resource, amount) in node.status[name].members {
                let field = FieldPath("status").field(name).field(resource)
                validator.quantity(field, amount, of: resource)
            }
        }
        validatePodRanges(node.spec.podCIDRs, &validator)
        return validator.errors
    }

    private func validateTaints(_ taints: ObjectView, _ validator: inout FieldValidator) {
        var seen: Set<[String]> = []
        for (index, taint) in taints.elements.enumerated() {
            // The path is upstream's, who has it wrong.
            let field = FieldPath("metadata.taints")[index]
            validator.invalid(field.field("key"), .string(taint.key.text), TextRules.qualifiedName(taint.key.text))
            validator.optionalText(field.field("value"), taint.value, TextRules.labelValue)
            validator.choice(field.field("effect"), taint.effect, TaintEffect.all)
            if !seen.insert([taint.key.text, taint.effect.text]).inserted {
                validator.duplicate(field, taint.shown, "taints must be unique by key and effect pair")
            }
        }
    }

    private func validatePodRanges(_ ranges: ObjectView, _ validator: inout FieldValidator) {
        let field: FieldPath = "spec.podCIDRs"
        let texts = ranges.texts
        for (index, text) in texts.enumerated() { validator.prefix(field[index], text) }
        guard texts.count > 1 else { return }
        let families = texts.compactMap { IPPrefix($0)?.family }
        if texts.count > 2 || Set(families).count < families.count {
            validator.invalid(field, ranges.shown, "may specify no more than one CIDR for each IP family")
        }
        var seen: Set<String> = []
        for (index, text) in texts.enumerated() where !seen.insert(text).inserted {
            validator.duplicate(field[index], .string(text))
        }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        let (new, old) = (ObjectView(object), ObjectView(old))
        var addresses: Set<JSONValue> = []
        for (index, address) in new.status.addresses.elements.enumerated() {
            guard let json = address.json, !addresses.insert(json).inserted else { continue }
            validator.duplicate(FieldPath("status.addresses")[index], json)
        }
        let oldRanges = old.spec.podCIDRs.texts
        if !oldRanges.isEmpty, oldRanges != new.spec.podCIDRs.texts {
            validator.forbidden("spec.podCIDRs", #"node updates may not change podCIDR except from "" to valid"#)
        }
        if !old.spec.providerID.text.isEmpty, old.spec.providerID.text != new.spec.providerID.text {
            validator.forbidden("spec.providerID", #"node updates may not change providerID except from "" to valid"#)
        }
        if old.spec.externalID.text != new.spec.externalID.text {
            validator.forbidden("spec.externalID", "may not be updated")
        }
        return validator.errors
    }
}

/// What a taint does to pods that do not tolerate it.
enum TaintEffect {
    static let all = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
}

extension FieldValidator {
    /// An amount of a resource: a number that is not negative, and whole where the resource cannot be divided.
    mutating func quantity(_ field: @autoclosure () -> FieldPath, _ amount: ObjectView, of resource: String) {
        guard let quantity = ResourceQuantity(amount.json) else {
            let form = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
            invalid(field(), amount.shown, "quantities must match the regular expression '\(form)'")
            return
        }
        let shown = JSONValue.string(quantity.text)
        if quantity.billionths < 0 { invalid(field(), shown, "must be greater than or equal to 0") }
        let isDivisible = ["cpu", "memory", "ephemeral-storage", "storage"].contains(resource)
        if !isDivisible, !quantity.isWhole { invalid(field(), shown, "must be an integer") }
    }
}
