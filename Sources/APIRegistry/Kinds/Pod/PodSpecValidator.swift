import JSON
import KubernetesAPI

/// Checks what pods, and templates of pods, are made of.
///
/// Source: `ValidatePodSpec` of `pkg/apis/core/validation/validation.go`, without what is particular to Windows.
struct PodSpecValidator {
    /// What was found.
    var errors = FieldValidator()
    let spec: ObjectView
    /// Where the spec lies.
    let path: FieldPath
    /// Whether it is a pod's, not a template's.
    let isPod: Bool
    /// The kinds of the volumes by their names.
    let volumes: [String: String]

    init(_ spec: ObjectView, at path: FieldPath, isPod: Bool) {
        self.spec = spec
        self.path = path
        self.isPod = isPod
        var volumes: [String: String] = [:]
        for volume in spec.volumes.elements {
            volumes[volume.name.text] = volume.members.first { $0.name != "name" }?.name ?? ""
        }
        self.volumes = volumes
    }

    mutating func validate() {
        if !spec.terminationGracePeriodSeconds.isPresent {
            errors.required(path.field("terminationGracePeriodSeconds"))
        }
        validateVolumes()
        validateContainers()
        validateHostNetwork()
        let restartPolicies = ["Always", "OnFailure", "Never"]
        errors.choice(path.field("restartPolicy"), spec.restartPolicy, restartPolicies)
        let resolvers = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]
        errors.choice(path.field("dnsPolicy"), spec.dnsPolicy, resolvers)
        errors.labels(path.field("nodeSelector"), spec.nodeSelector)
        validateSecurity(spec.securityContext, path.field("securityContext"))
        validateAffinity()
        validateResolver()
        for (index, gate) in spec.readinessGates.elements.enumerated() {
            let (field, type) = (path.field("readinessGates")[index].field("conditionType"), gate.conditionType.text)
            errors.invalid(field, .string(type), TextRules.qualifiedName(type))
        }
        validateGates()
        validateSpreading()
        validateNames()
        if let seconds = spec.activeDeadlineSeconds.number {
            let field = path.field("activeDeadlineSeconds")
            errors.invalid(field, .integer(seconds), TextRules.range(seconds, 1...Int(Int32.max)))
        }
        validateTolerations()
        for (index, alias) in spec.hostAliases.elements.enumerated() {
            let field = path.field("hostAliases")[index]
            errors.address(field.field("ip"), alias.ip.text)
            for (index, name) in alias.hostnames.texts.enumerated() {
                errors.invalid(field.field("hostnames")[index], .string(name), TextRules.subdomain(name))
            }
        }
        let preemption = ["PreemptLowerPriority", "Never"]
        errors.choice(path.field("preemptionPolicy"), spec.preemptionPolicy, preemption, required: false)
        for (name, amount) in spec.overhead.members {
            errors.quantity(path.field("overhead")[key: name], amount, of: name)
        }
        if spec.os.isPresent {
            let field = path.field("os")
            if spec.os.name.text.isEmpty {
                errors.required(field.field("name"), "cannot be empty")
            } else if !["linux", "windows"].contains(spec.os.name.text) {
                errors.unsupported(field, spec.os.name.shown, ["linux", "windows"])
            }
        }
    }

    private mutating func validateNames() {
        for name in ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] {
            errors.optionalText(path.field(name), spec[name], TextRules.subdomain)
        }
        for name in ["hostname", "subdomain"] {
            errors.optionalText(path.field(name), spec[name], TextRules.label)
        }
    }

    /// Where a pod uses its node's network, its ports are the node's.
    private mutating func validateHostNetwork() {
        guard spec.hostNetwork.isTrue else { return }
        for (index, container) in spec.containers.elements.enumerated() {
            for (number, port) in container.ports.elements.enumerated() {
                let (host, own) = (port.hostPort.number ?? 0, port.containerPort.number ?? 0)
                guard isPod || host != 0, host != own else { continue }
                let field = path.field("containers")[index].field("ports")[number].field("hostPort")
                let detail = "must match `containerPort` when `hostNetwork` is true"
                errors.invalid(field, .integer(host), detail)
            }
        }
    }

    private mutating func validateResolver() {
        let (config, field) = (spec.dnsConfig, path.field("dnsConfig"))
        if spec.dnsPolicy.text == "None" {
            guard config.isPresent else {
                return errors.required(field, "must provide `dnsConfig` when `dnsPolicy` is None")
            }
            guard config.nameservers.count > 0 else {
                let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
                return errors.required(field.field("nameservers"), detail)
            }
        }
        let (servers, searches) = (config.nameservers, config.searches)
        if servers.count > 3 {
            errors.invalid(field.field("nameservers"), servers.shown, "must not have more than 3 nameservers")
        }
        for (index, server) in servers.texts.enumerated() {
            errors.address(field.field("nameservers")[index], server)
        }
        if searches.count > 32 {
            errors.invalid(field.field("searches"), searches.shown, "must not have more than 32 search paths")
        }
        if searches.texts.joined(separator: " ").utf8.count > 2_048 {
            let detail = "must not have more than 2048 characters (including spaces) in the search list"
            errors.invalid(field.field("searches"), searches.shown, detail)
        }
        for (index, search) in searches.texts.enumerated() {
            let name = search.hasSuffix(".") ? String(search.dropLast()) : search
            // The dot alone is the root, and `_` is used for services.
            if name.isEmpty { continue }
            let plain = name.replacing("_", with: "")
            errors.invalid(field.field("searches")[index], .string(name), TextRules.subdomain(plain))
        }
        for (index, option) in config.options.elements.enumerated() where option.name.text.isEmpty {
            errors.required(field.field("options")[index], "must not be empty")
        }
    }

    private mutating func validateGates() {
        var seen: Set<String> = []
        for (index, gate) in spec.schedulingGates.elements.enumerated() {
            let (field, name) = (path.field("schedulingGates")[index], gate.name.text)
            errors.invalid(field, .string(name), TextRules.qualifiedName(name))
            if !seen.insert(name).inserted { errors.duplicate(field, .string(name)) }
        }
    }

    private mutating func validateTolerations() {
        for (index, toleration) in spec.tolerations.elements.enumerated() {
            let field = path.field("tolerations")[index]
            let (key, operation, value) = (toleration.key.text, toleration.operator, toleration.value.text)
            errors.optionalText(field.field("key"), toleration.key, TextRules.qualifiedName)
            if key.isEmpty, operation.text != "Exists" {
                let detail =
                    #"operator must be Exists when `key` is empty, which means "match all values and all keys""#
                errors.invalid(field.field("operator"), operation.shownText, detail)
            }
            if toleration.tolerationSeconds.isPresent, toleration.effect.text != "NoExecute" {
                let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
                errors.invalid(field.field("effect"), toleration.effect.shownText, detail)
            }
            switch operation.text {
            case "Equal", "":
                let problems = TextRules.labelValue(value)
                if !problems.isEmpty {
                    errors.invalid(field.field("operator"), .string(value), problems.joined(separator: ";"))
                }
            case "Exists":
                if !value.isEmpty {
                    let detail = "value must be empty when `operator` is 'Exists'"
                    errors.invalid(field.field("operator"), toleration.shown, detail)
                }
            default:
                errors.unsupported(field.field("operator"), operation.shown, ["Equal", "Exists"])
            }
            errors.choice(field.field("effect"), toleration.effect, TaintEffect.all, required: false)
        }
    }
}
