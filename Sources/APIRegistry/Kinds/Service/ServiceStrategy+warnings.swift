import Addressing
import JSON

extension ServiceStrategy {
    func warnings(_ object: JSONValue, old: JSONValue?) -> [String] {
        let service = ObjectView(object)
        let (spec, shape) = (service.spec, ServiceShape(service))
        var warnings: [String] = []
        let (hints, mode) = ("service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode")
        if service.metadata.annotations[hints].isPresent {
            warnings.append("annotation \(hints) is deprecated, please use \(mode) instead")
        }
        let hasExternal = spec.externalIPs.count > 0
        if shape.isHeadless {
            if !spec.loadBalancerIP.text.isEmpty {
                warnings.append("spec.loadBalancerIP is ignored for headless services")
            }
            if hasExternal { warnings.append("spec.externalIPs is ignored for headless services") }
            if spec.sessionAffinity.text != "None" {
                warnings.append("spec.SessionAffinity is ignored for headless services")
            }
        } else if hasExternal, !shape.isAlias {
            warnings.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
        }
        for name in ["clusterIPs", "externalIPs"] {
            for (index, text) in spec[name].texts.enumerated() {
                guard let address = IPAddress(text), address.family == .ipv6, address.description != text else {
                    continue
                }
                let shape = "should be in RFC 5952 canonical format (\"\(address)\")"
                warnings.append("spec.\(name)[\(index)]: IPv6 address \"\(text)\" \(shape)")
            }
        }
        for (index, text) in spec.loadBalancerSourceRanges.texts.enumerated() {
            warnings += ambiguity(of: text.trimmed).map { "spec.loadBalancerSourceRanges[\(index)]: \($0)" }
        }
        if shape.isAlias, hasExternal {
            warnings.append("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
        }
        if !shape.isAlias, !spec.externalName.text.isEmpty {
            warnings.append("spec.externalName is ignored when spec.type is not \"ExternalName\"")
        }
        if spec.trafficDistribution.text == "PreferClose" {
            warnings.append("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
        }
        return warnings
    }

    /// What to say of a range with bits after its prefix.
    private func ambiguity(of text: String) -> [String] {
        let parts = text.split(separator: "/")
        guard let prefix = IPPrefix(text), let address = parts.first.flatMap({ IPAddress($0) }) else { return [] }
        guard prefix.address != address else { return [] }
        let single = "\(address)/\(address.family.bitCount)"
        return ["CIDR value \"\(text)\" is ambiguous in this context (should be \"\(prefix)\" or \"\(single)\"?)"]
    }
}
