import JSON
import KubernetesAPI

// Source: `ValidatePodUpdate` and `ValidatePodStatusUpdate` of `pkg/apis/core/validation/validation.go`.

extension PodStrategy {
    private static let changeable = [
        "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
        "`spec.tolerations` (only additions to existing tolerations)",
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ]

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        let (new, before) = (ObjectView(object), ObjectView(old))
        switch subresource {
        case .status: compareStatus(new, before, &validator)
        case .binding:
            var bound = object["spec"] ?? .null
            bound["nodeName"] = old["spec"]?["nodeName"]
            if bound != old["spec"] ?? .null { validator.forbidden("spec", "a binding changes only the node") }
        default: compareSpecs(new.spec, before.spec, &validator)
        }
        return validator.errors
    }

    private func compareSpecs(_ new: ObjectView, _ old: ObjectView, _ validator: inout FieldValidator) {
        for list in ["containers", "initContainers"] {
            let field = FieldPath("spec").field(list)
            guard new[list].count == old[list].count else {
                return validator.forbidden(field, "pod updates may not add or remove containers")
            }
        }
        guard compareDeadlines(new.activeDeadlineSeconds, old.activeDeadlineSeconds, &validator) else { return }
        compareTolerations(new.tolerations.elements, old.tolerations.elements, &validator)
        compareGates(new.schedulingGates.elements, old.schedulingGates.elements, &validator)
        if new.json == old.json { return }
        if PodQuality.quality(of: new) != PodQuality.quality(of: old) {
            validator.invalid("metadata", .string(PodQuality.quality(of: new)), "Pod QoS is immutable")
        }
        guard var kept = new.json else { return }
        putBack(&kept, old)
        if old.schedulingGates.count > 0 { compareSelectors(&kept, new, old, &validator) }
        if kept == old.json { return }
        let fields = Self.changeable.joined(separator: ",")
        let names = Set(kept.object?.names ?? []).union(old.json?.object?.names ?? []).sorted()
        let changed = names.filter { kept[$0] != old[$0].json }.joined(separator: ", ")
        validator.forbidden("spec", "pod updates may not change fields other than \(fields)\nchanged: \(changed)")
    }

    /// Puts back what may change, so that what is left must be equal.
    private func putBack(_ spec: inout JSONValue, _ old: ObjectView) {
        for list in ["containers", "initContainers"] {
            let images = old[list].elements.map { $0.image.json }
            var index = 0
            spec.mutateElements(of: list) { container in
                if case .object = container, index < images.count { container["image"] = images[index] }
                index += 1
            }
        }
        for name in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] { spec[name] = old[name].json }
        let grace = old.terminationGracePeriodSeconds
        if grace.number ?? 0 < 0, spec["terminationGracePeriodSeconds"] == 1 {
            spec["terminationGracePeriodSeconds"] = grace.json
        }
    }

    /// A deadline may be set, and be brought forward.
    ///
    /// - Returns: Whether it makes sense to look further.
    private func compareDeadlines(_ new: ObjectView, _ old: ObjectView, _ validator: inout FieldValidator) -> Bool {
        let field: FieldPath = "spec.activeDeadlineSeconds"
        guard let seconds = new.number else {
            if old.isPresent {
                validator.invalid(field, .null, "must not update from a positive integer to nil value")
            }
            return true
        }
        let problems = TextRules.range(seconds, 0...Int(Int32.max))
        validator.invalid(field, new.shown, problems)
        if problems.isEmpty, let before = old.number, before < seconds {
            validator.invalid(field, new.shown, "must be less than or equal to previous value")
            return false
        }
        return problems.isEmpty
    }

    /// Tolerations may be added, and last longer or shorter.
    private func compareTolerations(_ new: [ObjectView], _ old: [ObjectView], _ validator: inout FieldValidator) {
        let timeless = { (toleration: ObjectView) -> JSONValue? in
            var json = toleration.json
            json?.removeMember("tolerationSeconds")
            return json
        }
        let present = Set(new.map(timeless))
        if old.contains(where: { !present.contains(timeless($0)) }) {
            let detail = "existing toleration can not be modified except its tolerationSeconds"
            validator.forbidden("spec.tolerations", detail)
        }
    }

    /// Gates may only go.
    private func compareGates(_ new: [ObjectView], _ old: [ObjectView], _ validator: inout FieldValidator) {
        let known = Set(old.map(\.name.text))
        for (index, gate) in new.enumerated() where !known.contains(gate.name.text) {
            let detail = "only deletion is allowed, but found new scheduling gate '\(gate.name.text)'"
            validator.forbidden(FieldPath("spec.schedulingGates")[index].field("name"), detail)
        }
    }

    /// A pod that waits at a gate may demand more of its node.
    private func compareSelectors(
        _ spec: inout JSONValue,
        _ new: ObjectView,
        _ old: ObjectView,
        _ validator: inout FieldValidator
    ) {
        let selector = new.nodeSelector.textMap
        if old.nodeSelector.textMap.contains(where: { selector[$0.key] != $0.value }) {
            let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
            validator.invalid("spec.nodeSelector", new.nodeSelector.shown, detail)
        }
        spec["nodeSelector"] = old.nodeSelector.json
        let terms = { (spec: ObjectView) in
            spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
        }
        // Terms that were there stay as they are; where there were none, anything may come.
        if terms(old).count == 0, new.affinity.podAffinity.json == old.affinity.podAffinity.json,
            new.affinity.podAntiAffinity.json == old.affinity.podAntiAffinity.json
        {
            spec["affinity"] = old.affinity.json
        }
    }

    private func compareStatus(_ new: ObjectView, _ old: ObjectView, _ validator: inout FieldValidator) {
        let node = new.status.nominatedNodeName
        if node.json != old.status.nominatedNodeName.json {
            validator.optionalText("status.nominatedNodeName", node, TextRules.subdomain)
        }
        if new.spec.restartPolicy.text != "Always" {
            let restarts = new.spec.restartPolicy.text == "OnFailure"
            let states = new.status.containerStatuses.elements
            for (index, before) in old.status.containerStatuses.elements.enumerated() {
                let ended = before.state.terminated
                if !ended.isPresent || restarts && ended.exitCode.number ?? 0 != 0 { continue }
                if states.contains(where: { $0.name.text == before.name.text && !$0.state.terminated.isPresent }) {
                    let field = FieldPath("status.containerStatuses")[index].field("state")
                    validator.forbidden(field, "may not be transitioned to non-terminated state")
                }
            }
        }
        validateAddresses(new.status.podIPs, "status.podIPs", &validator)
        validateAddresses(new.status.hostIPs, "status.hostIPs", &validator)
    }

    private func validateAddresses(_ addresses: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        let texts = addresses.elements.map(\.ip.text)
        for (index, text) in texts.enumerated() { validator.address(field[index], text) }
        guard texts.count > 1 else { return }
        let families = Set(texts.map { $0.contains(":") })
        if texts.count > 2 || families.count < 2 {
            validator.invalid(field, addresses.shown, "may specify no more than one IP for each IP family")
        }
        for (index, text) in texts.enumerated() where texts.firstIndex(of: text) != index {
            validator.duplicate(field[index], addresses.elements[index].shown)
        }
    }
}
