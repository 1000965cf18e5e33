import JSON
import KubernetesAPI

/// Pods: nearly nothing changes once they are there.
///
/// Sources: `pkg/apis/core/v1/defaults.go`, `pkg/registry/core/pod/strategy.go`, and the admission plug-ins
/// `DefaultTolerationSeconds` and `Priority`.
struct PodStrategy: ObjectStrategy {
    private static let priorities: [String: JSONValue] = [
        "": 0, "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000,
    ]

    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
        object.mutateOrMakeMember("spec") { spec in
            PodSpecDefaults.fillIn(&spec)
            for list in ["containers", "initContainers"] { spec.mutateElements(of: list, requestLimits) }
            spec.fillIn("enableServiceLinks", true)
            if spec["hostNetwork"] == true { openHostPorts(&spec) }
        }
        object.mutateOrMakeMember("status") { status in
            status.fillInText("phase", "Pending")
            // The older field is the first of the newer one.
            if let first = status["podIPs"]?[0]?["ip"]?.string {
                if status["podIP"]?.string ?? "" == "" { status["podIP"] = .string(first) }
            } else if let only = status["podIP"]?.string, !only.isEmpty {
                status["podIPs"] = [["ip": .string(only)]]
            }
        }
    }

    /// What is limited and not asked for is asked for up to its limit.
    private func requestLimits(_ container: inout JSONValue) {
        guard case .object(let limits) = container["resources"]?["limits"] ?? .null else { return }
        container.mutateMember("resources") { resources in
            resources.mutateOrMakeMember("requests") { requests in
                for limit in limits { requests.fillIn(limit.name, limit.value) }
            }
        }
    }

    private func openHostPorts(_ spec: inout JSONValue) {
        for list in ["containers", "initContainers"] {
            spec.mutateElements(of: list) { container in
                container.mutateElements(of: "ports") { port in
                    if let number = port["containerPort"] { port.fillInNumber("hostPort", number) }
                }
            }
        }
    }

    func prepareForCreate(_ object: inout JSONValue) {
        let spec = ObjectView(object).spec
        object["status"] = ["phase": "Pending", "qosClass": .string(PodQuality.quality(of: spec))]
        object.mutateMember("spec") { spec in
            guard case .object = spec else { return }
            tolerateForAWhile(&spec)
            spec["priority"] = Self.priorities[spec["priorityClassName"]?.string ?? ""] ?? 0
            spec.fillInText("preemptionPolicy", "PreemptLowerPriority")
        }
    }

    /// Pods stay on a node that is lost for five minutes.
    private func tolerateForAWhile(_ spec: inout JSONValue) {
        var tolerations = spec["tolerations"]?.array ?? []
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isTolerated = tolerations.contains { toleration in
                let view = ObjectView(toleration)
                return ["", key].contains(view.key.text) && ["", "NoExecute"].contains(view.effect.text)
            }
            if isTolerated { continue }
            tolerations.append(
                ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300]
            )
        }
        spec["tolerations"] = .array(tolerations)
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {
        switch subresource {
        case .status:
            object["spec"] = old["spec"]
            object.mutateMember("metadata") { $0["ownerReferences"] = old["metadata"]?["ownerReferences"] }
            object.mutateMember("status") { status in
                if let quality = old["status"]?["qosClass"] { status.fillInText("qosClass", quality) }
            }
        case .binding: break
        default: object["status"] = old["status"]
        }
    }

    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool { object["spec"] != old["spec"] }

    func validate(_ object: JSONValue) -> [FieldError] {
        let pod = ObjectView(object)
        var validator = PodSpecValidator(pod.spec, at: "spec", isPod: true)
        validator.validate()
        let name = pod.spec.priorityClassName.text
        if Self.priorities[name] == nil {
            validator.errors.invalid(
                "spec.priorityClassName",
                .string(name),
                "no PriorityClass with name \(name) was found"
            )
        }
        return validator.errors.errors
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var validator = FieldValidator()
        let spec = ObjectView(object).spec
        if spec.ephemeralContainers.count > 0 {
            validator.forbidden("spec.ephemeralContainers", "cannot be set on create")
        }
        if !spec.nodeName.text.isEmpty, spec.schedulingGates.count > 0 {
            validator.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")
        }
        return validator.errors
    }

    func warnings(_ object: JSONValue, old: JSONValue?) -> [String] {
        let pod = ObjectView(object)
        return PodWarnings.warnings(of: pod.spec, metadata: pod.metadata, at: FieldPath())
    }
}
