import Addressing
import JSON
import KubernetesAPI

extension ServiceStrategy {
    private static let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
    private static let affinityBound = 86_400
    private static let kubeletPort = 10_250

    func validate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let service = ObjectView(object)
        let (spec, shape) = (service.spec, ServiceShape(service))
        validateAnnotations(service, &validator)
        if spec.ports.count == 0, !shape.isHeadless, !shape.isAlias { validator.required("spec.ports") }
        validateType(spec, shape, &validator)
        validatePorts(spec, &validator)
        validator.labels("spec.selector", spec.selector)
        validateAffinity(spec, &validator)
        if !shape.isAlias { validateAddresses(spec, shape, &validator) }
        for (index, text) in spec.externalIPs.texts.enumerated() {
            validator.hostAddress(FieldPath("spec.externalIPs")[index], text)
        }
        validator.choice("spec.type", spec.type, Self.types)
        validateNumbers(spec, &validator)
        validateSourceRanges(service, shape, &validator)
        validateBalancer(spec, shape, &validator)
        validatePolicies(spec, shape, &validator)
        return validator.errors
    }

    private func validateAnnotations(_ service: ObjectView, _ validator: inout FieldValidator) {
        let (hints, mode) = ("service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode")
        let annotations = service.metadata.annotations
        guard annotations[hints].isPresent, annotations[mode].isPresent,
            annotations[hints].json != annotations[mode].json
        else { return }
        validator.invalid(
            FieldPath("metadata.annotations")[key: mode],
            annotations[mode].shown,
            "must match annotations[\(hints)] when both are specified"
        )
    }

    private func validateType(_ spec: ObjectView, _ shape: ServiceShape, _ validator: inout FieldValidator) {
        if shape.hasNodePorts {
            for (index, port) in spec.ports.elements.enumerated()
            where shape.isBalanced && port.port.number == Self.kubeletPort {
                let detail = "may not expose port \(Self.kubeletPort) externally since it is used by kubelet"
                validator.invalid(FieldPath("spec.ports")[index], port.port.shown, detail)
            }
            if shape.isHeadless {
                validator.invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for \(shape.type) services")
            }
        }
        guard shape.isAlias else { return }
        for name in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] where spec[name].isPresent {
            validator.forbidden(FieldPath("spec").field(name), "may not be set for ExternalName services")
        }
        let name = spec.externalName.text
        let host = name.hasSuffix(".") ? String(name.dropLast()) : name
        if host.isEmpty {
            validator.required("spec.externalName")
        } else {
            validator.invalid("spec.externalName", .string(host), TextRules.subdomain(host))
        }
    }

    private func validatePorts(_ spec: ObjectView, _ validator: inout FieldValidator) {
        let ports = spec.ports.elements
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let field = FieldPath("spec.ports")[index]
            let name = port.name.text
            if !name.isEmpty {
                validator.invalid(field.field("name"), .string(name), TextRules.label(name))
                if !names.insert(name).inserted { validator.duplicate(field.field("name"), .string(name)) }
            } else if ports.count > 1 {
                validator.required(field.field("name"))
            }
            validator.port(field.field("port"), port.port)
            validator.transportProtocol(field.field("protocol"), port.protocol)
            validator.portOrName(field.field("targetPort"), port.targetPort)
            if port.appProtocol.isPresent {
                let name = port.appProtocol.text
                validator.invalid(field.field("appProtocol"), .string(name), TextRules.qualifiedName(name))
            }
        }
    }

    private func validateAffinity(_ spec: ObjectView, _ validator: inout FieldValidator) {
        validator.choice("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"])
        let config = spec.sessionAffinityConfig
        let field: FieldPath = "spec.sessionAffinityConfig"
        switch spec.sessionAffinity.text {
        case "ClientIP":
            let detail = "when session affinity type is ClientIP"
            guard config.isPresent else { return validator.required(field, detail) }
            guard config.clientIP.isPresent else { return validator.required(field.field("clientIP"), detail) }
            let timeout = config.clientIP.timeoutSeconds
            let timeoutField = field.field("clientIP").field("timeoutSeconds")
            guard let seconds = timeout.number else { return validator.required(timeoutField, detail) }
            if !(1...Self.affinityBound).contains(seconds) {
                let detail = "must be greater than 0 and less than \(Self.affinityBound)"
                validator.invalid(timeoutField, timeout.shown, detail)
            }
        case "None":
            if config.isPresent { validator.forbidden(field, "must not be set when session affinity is None") }
        default: break
        }
    }

    /// Node ports where there are none, and ports that are there twice.
    private func validateNumbers(_ spec: ObjectView, _ validator: inout FieldValidator) {
        var nodePorts: Set<[String]> = []
        var ports: Set<[String]> = []
        let elements = spec.ports.elements.enumerated()
        for (index, port) in elements where port.nodePort.number ?? 0 != 0 && spec.type.text == "ClusterIP" {
            let field = FieldPath("spec.ports")[index].field("nodePort")
            validator.forbidden(field, "may not be used when `type` is 'ClusterIP'")
        }
        for (index, port) in elements {
            guard let number = port.nodePort.number, number != 0 else { continue }
            if !nodePorts.insert([port.protocol.text, "\(number)"]).inserted {
                validator.duplicate(FieldPath("spec.ports")[index].field("nodePort"), .integer(number))
            }
        }
        for (index, port) in elements where !ports.insert([port.protocol.text, "\(port.port.number ?? 0)"]).inserted {
            let key: JSONValue = ["protocol": port.protocol.shownText, "port": port.port.shownNumber]
            validator.duplicate(FieldPath("spec.ports")[index], key)
        }
    }

    private func validateSourceRanges(
        _ service: ObjectView,
        _ shape: ServiceShape,
        _ validator: inout FieldValidator
    ) {
        let key = "service.beta.kubernetes.io/load-balancer-source-ranges"
        let ranges = service.spec.loadBalancerSourceRanges
        let annotation = service.metadata.annotations[key]
        let detail = "may only be used when `type` is 'LoadBalancer'"
        if ranges.count > 0 {
            // The name is upstream's, who has it wrong.
            let field: FieldPath = "spec.LoadBalancerSourceRanges"
            if !shape.isBalanced { validator.forbidden(field, detail) }
            for (index, text) in ranges.texts.enumerated() { validator.prefix(field[index], text.trimmed) }
        } else if annotation.isPresent {
            let field = FieldPath("metadata.annotations")[key: key]
            if !shape.isBalanced { validator.forbidden(field, detail) }
            let text = annotation.text.trimmed
            if text.isEmpty { return }
            for range in text.split(separator: ",", omittingEmptySubsequences: false) {
                validator.prefix(field, String(range).trimmed)
            }
        }
    }

    private func validateBalancer(_ spec: ObjectView, _ shape: ServiceShape, _ validator: inout FieldValidator) {
        let detail = "may only be used when `type` is 'LoadBalancer'"
        let allocation = spec.allocateLoadBalancerNodePorts
        if !shape.isBalanced, allocation.isPresent {
            validator.forbidden("spec.allocateLoadBalancerNodePorts", detail)
        } else if shape.isBalanced, !allocation.isPresent {
            validator.required("allocateLoadBalancerNodePorts")
        }
        guard spec.loadBalancerClass.isPresent else { return }
        if shape.isBalanced {
            let name = spec.loadBalancerClass.text
            validator.invalid("spec.loadBalancerClass", .string(name), TextRules.qualifiedName(name))
        } else {
            validator.forbidden("spec.loadBalancerClass", detail)
        }
    }

    private func validatePolicies(_ spec: ObjectView, _ shape: ServiceShape, _ validator: inout FieldValidator) {
        let policies = ["Cluster", "Local"]
        if shape.isExternal {
            validator.choice("spec.externalTrafficPolicy", spec.externalTrafficPolicy, policies)
        } else if !spec.externalTrafficPolicy.text.isEmpty {
            let detail = "may only be set for externally-accessible services"
            validator.invalid("spec.externalTrafficPolicy", spec.externalTrafficPolicy.shown, detail)
        }
        let health = spec.healthCheckNodePort
        if shape.needsHealthCheck {
            if health.number ?? 0 == 0 {
                validator.required("spec.healthCheckNodePort")
            } else {
                validator.port("spec.healthCheckNodePort", health)
            }
        } else if health.number ?? 0 != 0 {
            let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            validator.invalid("spec.healthCheckNodePort", health.shown, detail)
        }
        let isOwn = Self.types.contains(shape.type) && !shape.isAlias
        validator.choice("spec.internalTrafficPolicy", spec.internalTrafficPolicy, policies, required: isOwn)
        let distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"]
        validator.choice("spec.trafficDistribution", spec.trafficDistribution, distributions, required: false)
    }
}
