import JSON
import KubernetesAPI

/// What is accepted of pods though it is odd.
///
/// Source: `pkg/api/pod/warnings.go`.
enum PodWarnings {
    /// - Parameter path: Of the pod, or of the template; empty for a pod.
    static func warnings(of spec: ObjectView, metadata: ObjectView, at path: FieldPath) -> [String] {
        let field = path.field("spec")
        var warnings: [String] = []
        for (index, constraint) in spec.topologySpreadConstraints.elements.enumerated()
        where !constraint.labelSelector.isPresent {
            let field = field.field("topologySpreadConstraints")[index].field("labelSelector")
            warnings.append("\(field): a null labelSelector results in matching no pod")
        }
        warnings += repeated(spec.hostAliases, "ip", field.field("hostAliases"))
        warnings += repeated(spec.imagePullSecrets, "name", field.field("imagePullSecrets"))
        for (index, secret) in spec.imagePullSecrets.elements.enumerated() where secret.name.text.isEmpty {
            warnings.append("\(field.field("imagePullSecrets")[index].field("name")): invalid empty name \"\"")
        }
        var ports: [String: FieldPath] = [:]
        for list in ["initContainers", "containers"] {
            for (index, container) in spec[list].elements.enumerated() {
                let field = field.field(list)[index]
                warnings += fractions(container.resources, field.field("resources"))
                warnings += hiddenVariables(container.env, field.field("env"))
                for (index, port) in container.ports.elements.enumerated() {
                    let field = field.field("ports")[index]
                    let (number, host) = (port.containerPort.number ?? 0, port.hostPort.number ?? 0)
                    let key = "\(number)/\(port.protocol.text)/\(port.hostIP.text)/\(host)"
                    if let other = ports[key] {
                        warnings.append("\(field): duplicate port definition with \(other)")
                    } else {
                        ports[key] = field
                    }
                }
            }
        }
        if let seconds = spec.terminationGracePeriodSeconds.number, seconds < 0 {
            let field = field.field("terminationGracePeriodSeconds")
            warnings.append("\(field): must be >= 0; negative values are invalid and will be treated as 1")
        }
        return warnings
    }

    private static func repeated(_ list: ObjectView, _ name: String, _ field: FieldPath) -> [String] {
        var seen: Set<String> = []
        return list.elements.enumerated().compactMap { index, element in
            let text = element[name].text
            if seen.insert(text).inserted { return nil }
            return "\(field[index].field(name)): duplicate \(name) \"\(text)\""
        }
    }

    private static func fractions(_ resources: ObjectView, _ field: FieldPath) -> [String] {
        var warnings: [String] = []
        for list in ["limits", "requests"] {
            for name in ["memory", "ephemeral-storage"] {
                guard let amount = ResourceQuantity(resources[list][name].json), !amount.isWhole else { continue }
                let rule = "fractional byte value \"\(amount.text)\" is invalid, must be an integer"
                warnings.append("\(field.field(list)[key: name]): \(rule)")
            }
        }
        return warnings
    }

    private static func hiddenVariables(_ variables: ObjectView, _ field: FieldPath) -> [String] {
        var seen: Set<String> = []
        return variables.elements.enumerated().compactMap { index, variable in
            let (name, value) = (variable.name.text, variable.value.text)
            if seen.insert(name).inserted { return nil }
            let reference = "$(\(name))"
            // What builds on the value before it does not hide it.
            if !variable.valueFrom.isPresent, value != reference, value.contains(reference) { return nil }
            return "\(field[index]): hides previous definition of \"\(name)\", which may be dropped when using apply"
        }
    }
}
