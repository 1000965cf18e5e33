import Addressing

extension Service {
    private static let affinityTimeouts = 1...86_400

    /// What is wrong with the Service, as an API server would say it: names, ports, addresses, and choices there are.
    public func validationErrors() -> [ObjectError] {
        var validation = Validation(self)
        validation.metadata(of: self) { $0.label($1, $2) }
        validateType(&validation)
        validatePorts(&validation)
        validateAddresses(&validation)
        validatePolicies(&validation)
        return validation.errors
    }

    private func validateType(_ validation: inout Validation) {
        if case .unknown(let text) = type {
            validation.unsupported("spec.type", text, supported: ServiceType.known.map(\.description))
        }
    }

    private func validatePorts(_ validation: inout Validation) {
        let path: FieldPath = "spec.ports"
        if ports.isEmpty, !isHeadless, type != .externalName { validation.required(path) }
        var names: Set<String> = []
        var served: Set<[String]> = []
        var nodePorts: Set<[String]> = []
        for (index, port) in ports.enumerated() {
            let path = path[index]
            if port.name.isEmpty {
                if ports.count > 1 { validation.required(path.field("name")) }
            } else {
                validation.label(path.field("name"), port.name)
                if !names.insert(port.name).inserted { validation.duplicate(path.field("name"), port.name) }
            }
            validation.port(path.field("port"), port.port)
            validation.transportProtocol(path.field("protocol"), port.protocol)
            if let target = port.targetPort { validation.targetPort(path.field("targetPort"), target) }
            if !served.insert([port.protocol, "\(port.port)"]).inserted {
                validation.duplicate(path, "\(port.protocol) \(port.port)")
            }
            guard let nodePort = port.nodePort, nodePort != 0 else { continue }
            validation.port(path.field("nodePort"), nodePort)
            if type == .clusterIP || type == .externalName {
                validation.forbidden(path.field("nodePort"), "may not be used when `type` is '\(type)'")
            } else if !nodePorts.insert([port.protocol, "\(nodePort)"]).inserted {
                validation.duplicate(path.field("nodePort"), "\(port.protocol) \(nodePort)")
            }
        }
    }

    private func validateAddresses(_ validation: inout Validation) {
        if isHeadless {
            if clusterIPs.count > 1 {
                validation.invalid("spec.clusterIPs", clusterIPs, "'None' must be the first and only value")
            }
            if type == .nodePort || type == .loadBalancer {
                validation.invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services")
            }
        } else if type != .externalName {
            var families: [IPFamily] = []
            for (index, text) in clusterIPs.enumerated() {
                let field = FieldPath("spec.clusterIPs")[index]
                if let address = validation.address(field, text) { families.append(address.family) }
            }
            validation.onePerFamily("spec.clusterIPs", clusterIPs, families, "IP")
        }
        for (index, text) in externalIPs.enumerated() {
            validation.hostAddress(FieldPath("spec.externalIPs")[index], text)
        }
        for (index, text) in loadBalancerSourceRanges.enumerated() {
            validation.prefix(FieldPath("spec.loadBalancerSourceRanges")[index], text.trimmingSpaces())
        }
        if !loadBalancerSourceRanges.isEmpty, type != .loadBalancer {
            validation.forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
        }
        for (index, ingress) in loadBalancerIngress.enumerated() {
            let path = FieldPath("status.loadBalancer.ingress")[index]
            if let text = ingress.ip { validation.address(path.field("ip"), text) }
            if let mode = ingress.ipMode, !["VIP", "Proxy"].contains(mode) {
                validation.unsupported(path.field("ipMode"), mode, supported: ["VIP", "Proxy"])
            }
        }
    }

    private func validatePolicies(_ validation: inout Validation) {
        switch sessionAffinity {
        case .none, .clientIP(nil): break
        case .clientIP(let seconds?):
            if !Self.affinityTimeouts.contains(seconds) {
                validation.invalid(
                    "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                    seconds,
                    "must be greater than 0 and less than \(Self.affinityTimeouts.upperBound)"
                )
            }
        case .unknown(let text):
            validation.unsupported("spec.sessionAffinity", text, supported: ["ClientIP", "None"])
        }
        let policies = [
            ("externalTrafficPolicy", externalTrafficPolicy), ("internalTrafficPolicy", internalTrafficPolicy),
        ]
        for (name, policy) in policies {
            guard case .unknown(let text) = policy else { continue }
            validation.unsupported(
                FieldPath("spec").field(name),
                text,
                supported: TrafficPolicy.known.map(\.description)
            )
        }
        guard let healthCheckNodePort, healthCheckNodePort != 0 else { return }
        validation.port("spec.healthCheckNodePort", healthCheckNodePort)
        if type != .loadBalancer || externalTrafficPolicy != .local {
            validation.invalid(
                "spec.healthCheckNodePort",
                healthCheckNodePort,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            )
        }
    }
}

extension String {
    /// Without white space at both ends, which API servers accept around CIDRs.
    fileprivate func trimmingSpaces() -> String {
        let isSpace = { (character: Character) in character.isWhitespace }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
