import JSON
import KubernetesAPI

extension PodSpecValidator {
    private static let fields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    private static let resources = [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
        "requests.memory",
    ]
    private static let sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"]

    /// `env` and `envFrom` of a container.
    mutating func validateVariables(_ container: ObjectView, _ field: FieldPath) {
        for (index, variable) in container.env.elements.enumerated() {
            let field = field.field("env")[index]
            errors.text(field.field("name"), variable.name, TextRules.environmentName)
            if variable.valueFrom.isPresent { validateSource(variable, field.field("valueFrom")) }
        }
        for (index, source) in container.envFrom.elements.enumerated() {
            let (list, element) = (field.field("envFrom"), field.field("envFrom")[index])
            errors.optionalText(element.field("prefix"), source.prefix, TextRules.environmentName)
            let present = ["configMapRef", "secretRef"].filter { source[$0].isPresent }
            for name in present {
                errors.text(element.field(name).field("name"), source[name].name, TextRules.subdomain)
            }
            if present.isEmpty {
                errors.invalid(list, "", "must specify one of: `configMapRef` or `secretRef`")
            } else if present.count > 1 {
                errors.invalid(list, "", "may not have more than one field specified at a time")
            }
        }
    }

    private mutating func validateSource(_ variable: ObjectView, _ field: FieldPath) {
        let source = variable.valueFrom
        let present = Self.sources.filter { source[$0].isPresent }
        for name in present { validateReference(name, source[name], field.field(name)) }
        if present.isEmpty {
            let detail =
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            errors.invalid(field, "", detail)
        } else if !variable.value.text.isEmpty {
            errors.invalid(field, "", "may not be specified when `value` is not empty")
        } else if present.count > 1 {
            errors.invalid(field, "", "may not have more than one field specified at a time")
        }
    }

    private mutating func validateReference(_ name: String, _ reference: ObjectView, _ field: FieldPath) {
        switch name {
        case "fieldRef":
            let path = reference.fieldPath.text
            if path.isEmpty {
                errors.required(field.field("fieldPath"))
            } else if !isKey(of: "metadata.labels", path), !isKey(of: "metadata.annotations", path),
                !Self.fields.contains(path)
            {
                errors.unsupported(field.field("fieldPath"), .string(path), Self.fields)
            }
        case "resourceFieldRef":
            let resource = reference.resource.text
            let isHuge = resource.hasPrefix("requests.hugepages-") || resource.hasPrefix("limits.hugepages-")
            if resource.isEmpty {
                errors.required(field.field("resource"))
            } else if !isHuge, !Self.resources.contains(resource) {
                errors.unsupported(field.field("resource"), .string(resource), Self.resources)
            }
        case "configMapKeyRef", "secretKeyRef":
            let object = reference.name.text
            errors.invalid(field.field("name"), .string(object), TextRules.subdomain(object))
            errors.text(field.field("key"), reference.key, TextRules.dataKey)
        default: break
        }
    }

    /// Whether a path is that of one label or annotation: `metadata.labels['app']`.
    private func isKey(of map: String, _ path: String) -> Bool {
        guard path.hasPrefix("\(map)['"), path.hasSuffix("']"), path.count > map.count + 4 else { return false }
        let key = path.dropFirst(map.count + 2).dropLast(2)
        return TextRules.qualifiedName(key.lowercased()).isEmpty
    }
}
