import JSON
import KubernetesAPI

/// Services: what is filled in, taken out and kept when they are written.
///
/// Sources: `pkg/apis/core/v1/defaults.go`, `pkg/registry/core/service/strategy.go`.
struct ServiceStrategy: ObjectStrategy {
    let isCreatedByUpdate = true

    private static let zeros: Set<String> = [
        "clusterIP", "clusterIPs", "externalIPs", "externalName", "externalTrafficPolicy", "healthCheckNodePort",
        "ipFamilies", "loadBalancerIP", "loadBalancerSourceRanges", "name", "nodePort", "publishNotReadyAddresses",
    ]
    private static let affinitySeconds: JSONValue = 10_800

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("spec") { spec in
            spec.removeZeros(of: Self.zeros, maps: ["selector"])
            fillIn(&spec)
        }
        object.mutateOrMakeMember("status") { status in
            status.mutateOrMakeMember("loadBalancer") { balancer in
                balancer.mutateElements(of: "ingress") { ingress in
                    if ingress["ip"]?.string?.isEmpty == false { ingress.fillInText("ipMode", "VIP") }
                }
            }
        }
    }

    private func fillIn(_ spec: inout JSONValue) {
        spec.fillInText("sessionAffinity", "None")
        if spec["sessionAffinity"] == "None" { spec.removeMember("sessionAffinityConfig") }
        if spec["sessionAffinity"] == "ClientIP",
            !ObjectView(spec).sessionAffinityConfig.clientIP.timeoutSeconds.isPresent
        {
            spec["sessionAffinityConfig"] = ["clientIP": ["timeoutSeconds": Self.affinitySeconds]]
        }
        spec.fillInText("type", "ClusterIP")
        spec.mutateElements(of: "ports") { port in
            port.fillInText("protocol", "TCP")
            switch port["targetPort"] ?? 0 {
            case .number("0"), .string(""): if let number = port["port"] { port["targetPort"] = number }
            default: break
            }
        }
        let shape = ServiceShape(ObjectView(["spec": spec]))
        if shape.isExternal { spec.fillInText("externalTrafficPolicy", "Cluster") }
        if !shape.isAlias { spec.fillInText("internalTrafficPolicy", "Cluster") }
        if shape.isBalanced { spec.fillIn("allocateLoadBalancerNodePorts", true) }
    }

    func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = ["loadBalancer": [:]]
        normalizeAddresses(&object, old: nil)
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {
        if subresource == .status {
            object["spec"] = old["spec"]
            return
        }
        object["status"] = old["status"]
        keepAllocations(&object, old: old)
        normalizeAddresses(&object, old: old)
        dropUnneeded(&object, old: old)
    }

    /// Keeps what was allocated, where a client does not name it: most write what they have once written.
    private func keepAllocations(_ object: inout JSONValue, old: JSONValue) {
        let (new, before) = (ObjectView(object), ObjectView(old))
        let (shape, oldShape) = (ServiceShape(new), ServiceShape(before))
        object.mutateMember("spec") { spec in
            guard case .object = spec else { return }
            if !shape.isAlias, !oldShape.isAlias {
                if new.spec.clusterIP.text.isEmpty, new.spec.clusterIPs.count == 0 {
                    spec["clusterIP"] = old["spec"]?["clusterIP"]
                    spec["clusterIPs"] = old["spec"]?["clusterIPs"]
                }
                if let policy = old["spec"]?["ipFamilyPolicy"] { spec.fillInText("ipFamilyPolicy", policy) }
                if let families = old["spec"]?["ipFamilies"], new.spec.ipFamilies.count == 0 {
                    spec["ipFamilies"] = families
                }
            }
            if shape.needsHealthCheck, oldShape.needsHealthCheck, let port = old["spec"]?["healthCheckNodePort"] {
                spec.fillInNumber("healthCheckNodePort", port)
            }
            if shape.hasNodePorts, oldShape.hasNodePorts, !new.spec.allocateLoadBalancerNodePorts.isFalse {
                keepNodePorts(&spec, before.spec.ports.elements)
            }
        }
    }

    /// Node ports stay with the ports of the same name.
    private func keepNodePorts(_ spec: inout JSONValue, _ old: [ObjectView]) {
        var known: [String: Int] = [:]
        for port in old { known[port.name.text] = port.nodePort.number }
        // What another port asks for is not given a second time.
        var used = Set(ObjectView(spec).ports.elements.compactMap { $0.nodePort.number })
        spec.mutateElements(of: "ports") { port in
            let view = ObjectView(port)
            guard view.nodePort.number ?? 0 == 0, let number = known[view.name.text], used.insert(number).inserted
            else { return }
            port.fillInNumber("nodePort", .integer(number))
        }
    }

    /// `clusterIP` is the first of `clusterIPs`: whichever of the two a client set or changed makes the other.
    private func normalizeAddresses(_ object: inout JSONValue, old: JSONValue?) {
        let new = ObjectView(object).spec
        guard new.type.text != "ExternalName" || old == nil else { return }
        object.mutateMember("spec") { spec in
            guard case .object = spec else { return }
            let (first, list) = (new.clusterIP.text, new.clusterIPs.texts)
            guard let before = old.map({ ObjectView($0).spec }) else {
                if !first.isEmpty, list.isEmpty { spec["clusterIPs"] = [.string(first)] }
                return
            }
            // An older client knows only the one, and did not change it.
            if list.isEmpty, before.clusterIP.text == first { spec["clusterIPs"] = before.clusterIPs.json }
            let isFirstChanged = before.clusterIP.text != first
            let isListChanged = before.clusterIPs.texts != list
            if isFirstChanged, !isListChanged {
                spec["clusterIPs"] = first.isEmpty ? nil : [.string(first)]
            }
        }
    }

    /// Takes out what the type that a Service had demanded, and the one that it has now does not, where the client
    /// left it as it was.
    ///
    /// Source: `dropTypeDependentFields` of `pkg/registry/core/service/strategy.go`.
    private func dropUnneeded(_ object: inout JSONValue, old: JSONValue) {
        let (new, before) = (ObjectView(object), ObjectView(old))
        let (shape, oldShape) = (ServiceShape(new), ServiceShape(before))
        object.mutateMember("spec") { spec in
            if !oldShape.isAlias, shape.isAlias, new.spec.clusterIPs.json == before.spec.clusterIPs.json {
                for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] { spec.removeMember(name) }
            }
            if oldShape.hasNodePorts, !shape.hasNodePorts, sameNodePorts(new, before) {
                spec.mutateElements(of: "ports") { $0.removeMember("nodePort") }
            }
            let drop = { (name: String, had: Bool, has: Bool, spec: inout JSONValue) in
                if had, !has, new.spec[name].json == before.spec[name].json { spec.removeMember(name) }
            }
            drop("healthCheckNodePort", oldShape.needsHealthCheck, shape.needsHealthCheck, &spec)
            drop("allocateLoadBalancerNodePorts", oldShape.isBalanced, shape.isBalanced, &spec)
            drop("loadBalancerClass", oldShape.isBalanced, shape.isBalanced, &spec)
            drop("externalTrafficPolicy", oldShape.isExternal, shape.isExternal, &spec)
        }
        // What load balancers told is of no use without them.
        if oldShape.isBalanced, !shape.isBalanced { object["status"] = ["loadBalancer": [:]] }
    }

    private func sameNodePorts(_ new: ObjectView, _ old: ObjectView) -> Bool {
        let numbers = { (service: ObjectView) in service.spec.ports.elements.map { $0.nodePort.number ?? 0 } }
        return Set(numbers(new)).isSubset(of: Set(numbers(old)).union([0]))
    }
}

extension ObjectView {
    /// Whether it is `false`, not only missing.
    var isFalse: Bool { json?.bool == false }
}
