import Addressing
import JSON
import KubernetesAPI

extension ServiceStrategy {
    private static let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"]

    /// `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy`, alone and together.
    func validateAddresses(_ spec: ObjectView, _ shape: ServiceShape, _ validator: inout FieldValidator) {
        let field: FieldPath = "spec.clusterIPs"
        let (first, addresses) = (spec.clusterIP.text, spec.clusterIPs.texts)
        if !first.isEmpty {
            if addresses.isEmpty {
                validator.required(field)
            } else if addresses[0] != first {
                validator.invalid(field, .strings(addresses), "first value must match `clusterIP`")
            }
        } else if !addresses.isEmpty {
            validator.invalid(field, .strings(addresses), "must be empty when `clusterIP` is not specified")
        }
        let families = spec.ipFamilies.texts
        var seen: Set<String> = []
        for (index, family) in families.enumerated() {
            let field = FieldPath("spec.ipFamilies")[index]
            if !["IPv4", "IPv6"].contains(family) { validator.unsupported(field, .string(family), ["IPv4", "IPv6"]) }
            if !seen.insert(family).inserted { validator.duplicate(field, .string(family)) }
        }
        validator.choice("spec.ipFamilyPolicy", spec.ipFamilyPolicy, Self.policies, required: false)
        var isGood = true
        for (index, text) in addresses.enumerated() {
            if index == 0, text == "None" {
                guard addresses.count > 1 else { continue }
                isGood = false
                validator.invalid(field, .strings(addresses), "'None' must be the first and only value")
            } else if !validator.address(field[index], text) {
                isGood = false
            }
        }
        if addresses.count > 2 { validator.invalid(field, .strings(addresses), "may only hold up to 2 values") }
        if isGood, !shape.isHeadless { compareFamilies(addresses, families, &validator) }
    }

    private func compareFamilies(_ addresses: [String], _ families: [String], _ validator: inout FieldValidator) {
        let field: FieldPath = "spec.clusterIPs"
        let own = addresses.map { IPAddress($0)?.family.description ?? "" }
        if addresses.count > 1, Set(own).count < 2 {
            let detail = "may specify no more than one IP for each IP family"
            validator.invalid(field, .strings(addresses), detail)
        }
        for (index, (address, family)) in zip(addresses, families).enumerated()
        where own[index] != family && ["IPv4", "IPv6"].contains(family) {
            let detail = "expected an \(family) value as indicated by `ipFamilies[\(index)]`"
            validator.invalid(field[index], .string(address), detail)
        }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] {
        var validator = FieldValidator()
        let (new, old) = (ObjectView(object), ObjectView(old))
        if subresource == .status {
            validateStatus(new, &validator)
            return validator.errors
        }
        let (shape, oldShape) = (ServiceShape(new), ServiceShape(old))
        if !shape.isAlias, !oldShape.isAlias {
            if !(shape.isHeadless && oldShape.isHeadless) { compareAddresses(new.spec, old.spec, &validator) }
            if !shape.isHeadless, !oldShape.isHeadless { compareFamilies(new.spec, old.spec, &validator) }
        }
        if shape.isBalanced, oldShape.isBalanced, new.spec.loadBalancerClass.json != old.spec.loadBalancerClass.json {
            let shown = new.spec.loadBalancerClass.shown
            validator.invalid("spec.loadBalancerClass", shown, "may not change once set")
        }
        if shape.needsHealthCheck, oldShape.needsHealthCheck,
            new.spec.healthCheckNodePort.number != old.spec.healthCheckNodePort.number
        {
            validator.forbidden("spec.healthCheckNodePort", "field is immutable")
        }
        return validator.errors
    }

    private func compareAddresses(_ spec: ObjectView, _ old: ObjectView, _ validator: inout FieldValidator) {
        let (new, old) = (spec.clusterIPs.texts, old.clusterIPs.texts)
        let field: FieldPath = "spec.clusterIPs"
        if new.count == old.count {
            for index in old.indices where new[index] != old[index] {
                validator.invalid(field[index], .strings(new), "may not change once set")
            }
            return
        }
        if old.count > new.count, new.isEmpty {
            validator.invalid(field[0], .strings(new), "primary clusterIP can not be unset")
        }
        if let first = new.first, let oldFirst = old.first, first != oldFirst {
            validator.invalid(field[0], .strings(new), "may not change once set")
        }
        if old.count > new.count, new.count == 1 { releasing("clusterIP", spec, &validator) }
    }

    private func compareFamilies(_ spec: ObjectView, _ old: ObjectView, _ validator: inout FieldValidator) {
        let (new, old) = (spec.ipFamilies.texts, old.ipFamilies.texts)
        let field: FieldPath = "spec.ipFamilies[0]"
        if new.count == old.count {
            for index in old.indices where new[index] != old[index] {
                validator.invalid(field, .strings(new), "may not change once set")
            }
            return
        }
        if old.count > new.count, spec.clusterIPs.count == 0 {
            validator.invalid(field, .strings(new), "primary ipFamily can not be unset")
        }
        if let first = new.first, let oldFirst = old.first, first != oldFirst {
            validator.invalid(field, spec.clusterIPs.shown, "may not change once set")
        }
        if old.count > new.count, new.count == 1 { releasing("ipFamily", spec, &validator) }
    }

    private func releasing(_ what: String, _ spec: ObjectView, _ validator: inout FieldValidator) {
        if spec.ipFamilyPolicy.text == "SingleStack" { return }
        let detail = "must be set to 'SingleStack' when releasing the secondary \(what)"
        validator.invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy.shown, detail)
    }

    private func validateStatus(_ service: ObjectView, _ validator: inout FieldValidator) {
        let field: FieldPath = "status.loadBalancer.ingress"
        let ingress = service.status.loadBalancer.ingress.elements
        if service.spec.type.text != "LoadBalancer", !ingress.isEmpty {
            return validator.forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")
        }
        for (index, ingress) in ingress.enumerated() {
            let (field, ip, mode) = (field[index], ingress.ip.text, ingress.ipMode)
            if !ip.isEmpty { validator.address(field.field("ip"), ip) }
            if !mode.isPresent {
                if !ip.isEmpty { validator.required(field.field("ipMode"), "must be specified when `ip` is set") }
            } else if ip.isEmpty {
                validator.forbidden(field.field("ipMode"), "may not be specified when `ip` is not set")
            } else if !["VIP", "Proxy"].contains(mode.text) {
                validator.unsupported(field.field("ipMode"), mode.shown, ["Proxy", "VIP"])
            }
            let host = ingress.hostname.text
            if host.isEmpty { continue }
            validator.invalid(field.field("hostname"), .string(host), TextRules.subdomain(host))
            if IPAddress(host) != nil {
                validator.invalid(field.field("hostname"), .string(host), "must be a DNS name, not an IP address")
            }
        }
    }
}
