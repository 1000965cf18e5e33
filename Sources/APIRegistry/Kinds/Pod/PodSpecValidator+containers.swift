import JSON
import KubernetesAPI

extension PodSpecValidator {
    private static let pullPolicies = ["Always", "IfNotPresent", "Never"]
    private static let probes = ["livenessProbe", "readinessProbe", "startupProbe"]

    mutating func validateContainers() {
        let containers = spec.containers.elements
        if containers.isEmpty { errors.required(path.field("containers")) }
        var names: Set<String> = []
        for (index, container) in containers.enumerated() {
            let field = path.field("containers")[index]
            validateContainer(container, field)
            if !names.insert(container.name.text).inserted {
                errors.duplicate(field.field("name"), .string(container.name.text))
            }
            validateLife(container, field)
            if container.restartPolicy.isPresent, container.restartPolicyRules.count == 0 {
                let policies = ["Always", "Never", "OnFailure"]
                errors.choice(field.field("restartPolicy"), container.restartPolicy, policies)
            }
        }
        validateHostPorts(containers, path.field("containers"))
        for (index, container) in spec.initContainers.elements.enumerated() {
            validateInitContainer(container, path.field("initContainers")[index], &names)
        }
        for (index, container) in spec.ephemeralContainers.elements.enumerated() {
            let field = path.field("ephemeralContainers")[index]
            if !isPod {
                errors.forbidden(path.field("ephemeralContainers"), "ephemeral containers not allowed in pod template")
            }
            validateContainer(container, field)
            if !names.insert(container.name.text).inserted {
                errors.duplicate(field.field("name"), .string(container.name.text))
            }
        }
    }

    private mutating func validateInitContainer(
        _ container: ObjectView,
        _ field: FieldPath,
        _ names: inout Set<String>
    ) {
        validateContainer(container, field)
        if !names.insert(container.name.text).inserted {
            errors.duplicate(field.field("name"), .string(container.name.text))
        }
        errors.choice(
            field.field("restartPolicy"),
            container.restartPolicy,
            ["Always", "Never", "OnFailure"],
            required: false
        )
        validateHostPorts([container], path.field("initContainers"))
        if container.restartPolicy.text == "Always" { return validateLife(container, field) }
        for name in ["lifecycle"] + Self.probes where container[name].isPresent {
            errors.forbidden(field.field(name), "may not be set for init containers without restartPolicy=Always")
        }
    }

    /// What all containers have.
    private mutating func validateContainer(_ container: ObjectView, _ field: FieldPath) {
        errors.text(field.field("name"), container.name, TextRules.label)
        let image = container.image.text
        if image.isEmpty {
            // A template may leave the image to whoever makes pods of it, but for containers that are its own.
            errors.required(field.field("image"))
        } else if isPod, image.trimmed != image {
            errors.invalid(field.field("image"), .string(image), "must not have leading or trailing whitespace")
        }
        let messages = ["File", "FallbackToLogsOnError"]
        errors.choice(field.field("terminationMessagePolicy"), container.terminationMessagePolicy, messages)
        validatePorts(container.ports, field.field("ports"))
        validateVariables(container, field)
        validateMounts(container, field)
        errors.choice(field.field("imagePullPolicy"), container.imagePullPolicy, Self.pullPolicies)
        validateResources(container.resources, field.field("resources"))
        validateSecurity(container.securityContext, field.field("securityContext"))
    }

    private mutating func validatePorts(_ ports: ObjectView, _ field: FieldPath) {
        var names: Set<String> = []
        for (index, port) in ports.elements.enumerated() {
            let (field, name) = (field[index], port.name.text)
            if !name.isEmpty {
                let problems = TextRules.portName(name)
                errors.invalid(field.field("name"), .string(name), problems)
                if problems.isEmpty, !names.insert(name).inserted {
                    errors.duplicate(field.field("name"), .string(name))
                }
            }
            if port.containerPort.number ?? 0 == 0 {
                errors.required(field.field("containerPort"))
            } else {
                errors.port(field.field("containerPort"), port.containerPort)
            }
            if port.hostPort.number ?? 0 != 0 { errors.port(field.field("hostPort"), port.hostPort) }
            if !port.hostIP.text.isEmpty { errors.address(field.field("hostIP"), port.hostIP.text) }
            errors.transportProtocol(field.field("protocol"), port.protocol)
        }
    }

    /// A port of the node is had once.
    private mutating func validateHostPorts(_ containers: [ObjectView], _ field: FieldPath) {
        var used: Set<String> = []
        for (index, container) in containers.enumerated() {
            for (number, port) in container.ports.elements.enumerated() {
                guard let host = port.hostPort.number, host != 0 else { continue }
                let key = "\(port.protocol.text)/\(port.hostIP.text)/\(host)"
                if used.insert(key).inserted { continue }
                errors.duplicate(field[index].field("ports")[number].field("hostPort"), .string(key))
            }
        }
    }

    // MARK: Resources

    private static let containerResources: Set<String> = ["cpu", "memory", "ephemeral-storage"]

    private mutating func validateResources(_ resources: ObjectView, _ field: FieldPath) {
        let limits = resources.limits
        for (name, amount) in limits.members {
            validateAmount(name, amount, field.field("limits")[key: name])
        }
        for (name, amount) in resources.requests.members {
            validateAmount(name, amount, field.field("requests")[key: name])
            // Only what nodes can give twice may be limited to more than what is asked for.
            let isShared = Self.containerResources.contains(name)
            guard let request = ResourceQuantity(amount.json) else { continue }
            let shown = JSONValue.string(request.text)
            if let limit = ResourceQuantity(limits[name].json) {
                if !isShared, request != limit {
                    errors.invalid(field.field("requests"), shown, "must be equal to \(name) limit of \(limit.text)")
                } else if request > limit {
                    let detail = "must be less than or equal to \(name) limit of \(limit.text)"
                    errors.invalid(field.field("requests"), shown, detail)
                }
            } else if !isShared, !limits[name].isPresent {
                errors.required(field.field("limits"), "Limit must be set for non overcommitable resources")
            }
        }
    }

    private mutating func validateAmount(_ name: String, _ amount: ObjectView, _ field: FieldPath) {
        let problems = TextRules.qualifiedName(name)
        errors.invalid(field, .string(name), problems)
        if problems.isEmpty, !name.contains("/"), !Self.containerResources.contains(name),
            !name.hasPrefix("hugepages-")
        {
            errors.invalid(field, .string(name), "must be a standard resource type or fully qualified")
            errors.invalid(field, .string(name), "must be a standard resource for containers")
        }
        errors.quantity(field, amount, of: name)
    }

    // MARK: Probes

    private mutating func validateLife(_ container: ObjectView, _ field: FieldPath) {
        for name in ["postStart", "preStop"] where container.lifecycle[name].isPresent {
            validateHandler(container.lifecycle[name], field.field("lifecycle").field(name))
        }
        for name in Self.probes where container[name].isPresent {
            let (probe, field) = (container[name], field.field(name))
            validateHandler(probe, field)
            let numbers = [
                "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
            ]
            for name in numbers { errors.nonNegative(field.field(name), probe[name]) }
            let (grace, graceField) = (
                probe.terminationGracePeriodSeconds, field.field("terminationGracePeriodSeconds")
            )
            if let seconds = grace.number, seconds <= 0 {
                errors.invalid(graceField, .integer(seconds), "must be greater than 0")
            }
            if name == "readinessProbe" {
                if grace.isPresent { errors.invalid(graceField, grace.shown, "must not be set for readinessProbes") }
            } else if probe.successThreshold.number ?? 1 != 1 {
                errors.invalid(field.field("successThreshold"), probe.successThreshold.shown, "must be 1")
            }
        }
    }

    private mutating func validateHandler(_ handler: ObjectView, _ field: FieldPath) {
        let present = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"].filter { handler[$0].isPresent }
        guard let first = present.first else { return errors.required(field, "must specify a handler type") }
        for name in present.dropFirst() {
            errors.forbidden(field.field(name), "may not specify more than 1 handler type")
        }
        let (action, actionField) = (handler[first], field.field(first))
        switch first {
        case "exec": if action.command.count == 0 { errors.required(actionField.field("command")) }
        case "httpGet":
            if action.path.text.isEmpty { errors.required(actionField.field("path")) }
            errors.portOrName(actionField.field("port"), action.port)
            if !["HTTP", "HTTPS"].contains(action.scheme.text) {
                errors.unsupported(actionField.field("scheme"), action.scheme.shownText, ["HTTP", "HTTPS"])
            }
            for header in action.httpHeaders.elements {
                let name = header.name.text
                errors.invalid(actionField.field("httpHeaders"), .string(name), TextRules.headerName(name))
            }
        case "sleep":
            let (seconds, grace) = (action.seconds.number ?? 0, spec.terminationGracePeriodSeconds.number ?? 0)
            if seconds < 0 || seconds > grace {
                let detail = "must be non-negative and less than terminationGracePeriodSeconds (\(grace))"
                errors.invalid(actionField, .integer(seconds), detail)
            }
        default: errors.portOrName(actionField.field("port"), action.port)
        }
    }
}
