import Addressing
import JSON
import KubernetesAPI

/// NetworkPolicies: which way they count where nobody says so, and peers that are one thing each.
struct NetworkPolicyStrategy: ObjectStrategy {
    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("spec") { spec in
            spec.fillIn("podSelector", [:])
            for name in ["ingress", "egress"] {
                spec.mutateElements(of: name) { rule in
                    rule.mutateElements(of: "ports") { $0.fillInText("protocol", "TCP") }
                }
            }
            if spec["policyTypes"]?.array?.isEmpty ?? true, case .object = spec {
                let hasEgress = spec["egress"]?.array?.isEmpty == false
                spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"]
            }
        }
    }

    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool { object["spec"] != old["spec"] }

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let spec = ObjectView(object).spec
        validator.labelSelector("spec.podSelector", spec.podSelector)
        for (name, peers) in [("ingress", "from"), ("egress", "to")] {
            for (index, rule) in spec[name].elements.enumerated() {
                let field = FieldPath("spec").field(name)[index]
                for (index, port) in rule.ports.elements.enumerated() {
                    validatePort(port, field.field("ports")[index], &validator)
                }
                for (index, peer) in rule[peers].elements.enumerated() {
                    validatePeer(peer, field.field(peers)[index], &validator)
                }
            }
        }
        let types = spec.policyTypes
        if types.count > 2 {
            validator.invalid("spec.policyTypes", types.shown, "may not specify more than two policyTypes")
        } else {
            for (index, type) in types.elements.enumerated() where !["Ingress", "Egress"].contains(type.text) {
                validator.unsupported(FieldPath("spec.policyTypes")[index], type.shown, ["Egress", "Ingress"])
            }
        }
        return validator.errors
    }

    private func validatePort(_ port: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        validator.choice(field.field("protocol"), port.protocol, ["SCTP", "TCP", "UDP"], required: false)
        let end = port.endPort
        guard port.port.isPresent else {
            if end.isPresent {
                validator.invalid(
                    field.field("endPort"),
                    end.shown,
                    "may not be specified when `port` is not specified"
                )
            }
            return
        }
        validator.portOrName(field.field("port"), port.port)
        guard let last = end.number else { return }
        if let first = port.port.number {
            if last < first {
                validator.invalid(field.field("endPort"), end.shown, "must be greater than or equal to `port`")
            }
            validator.invalid(field.field("endPort"), end.shown, TextRules.port(last))
        } else {
            validator.invalid(field.field("endPort"), end.shown, "may not be specified when `port` is non-numeric")
        }
    }

    private func validatePeer(_ peer: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        let selectors = ["podSelector", "namespaceSelector"].filter { peer[$0].isPresent }
        for name in selectors { validator.labelSelector(field.field(name), peer[name]) }
        if peer.ipBlock.isPresent {
            validateBlock(peer.ipBlock, field.field("ipBlock"), &validator)
            if !selectors.isEmpty { validator.forbidden(field, "may not specify both ipBlock and another peer") }
        } else if selectors.isEmpty {
            validator.required(field, "must specify a peer")
        }
    }

    private func validateBlock(_ block: ObjectView, _ field: FieldPath, _ validator: inout FieldValidator) {
        guard !block.cidr.text.isEmpty else { return validator.required(field.field("cidr")) }
        guard validator.prefix(field.field("cidr"), block.cidr.text), let whole = IPPrefix(block.cidr.text) else {
            return
        }
        for (index, text) in block["except"].texts.enumerated() {
            let field = field.field("except")[index]
            guard validator.prefix(field, text), let part = IPPrefix(text) else { continue }
            if !whole.contains(part.address) || whole.length >= part.length {
                validator.invalid(field, .string(text), "must be a strict subset of `cidr`")
            }
        }
    }
}
