import JSON

/// What is filled in where the containers of a pod, or of a template of pods, do not say it.
///
/// Source: `pkg/apis/core/v1/defaults.go`.
enum PodSpecDefaults {
    /// Members whose being `false`, 0 or empty is the same as their not being there.
    private static let zeros: Set<String> = [
        "args", "command", "effect", "env", "envFrom", "ephemeralContainers", "hostAliases", "hostIP", "hostIPC",
        "hostNetwork", "hostPID", "hostPort", "hostname", "imagePullSecrets", "initContainers", "initialDelaySeconds",
        "key", "matchExpressions", "matchFields", "medium", "name", "nodeName", "operator", "ports",
        "priorityClassName", "readOnly", "readinessGates", "resourceClaims", "schedulingGates", "serviceAccount",
        "serviceAccountName", "stdin", "stdinOnce", "subPath", "subPathExpr", "subdomain", "targetContainerName",
        "tolerations", "topologySpreadConstraints", "tty", "value", "volumeDevices", "volumeMounts", "volumes",
        "workingDir",
    ]
    private static let maps: Set<String> = [
        "annotations", "labels", "limits", "matchLabels", "nodeSelector", "overhead", "requests",
    ]
    static let containerLists = ["containers", "initContainers", "ephemeralContainers"]
    /// `-rw-r--r--`.
    private static let fileMode: JSONValue = 420

    /// Fills in the spec of a pod or a template.
    static func fillIn(_ spec: inout JSONValue) {
        spec.removeZeros(of: zeros, maps: maps)
        for list in containerLists { spec.mutateElements(of: list, fillInContainer) }
        spec.mutateElements(of: "volumes", fillInVolume)
        spec.mutateMember("overhead") { $0.writeQuantities() }
        spec.fillInText("restartPolicy", "Always")
        spec.fillIn("terminationGracePeriodSeconds", 30)
        spec.fillInText("dnsPolicy", "ClusterFirst")
        // Two names for one thing.
        if let name = spec["serviceAccountName"] {
            spec["serviceAccount"] = name
        } else if let name = spec["serviceAccount"] {
            spec["serviceAccountName"] = name
        }
        spec.fillIn("securityContext", [:])
        spec.fillInText("schedulerName", "default-scheduler")
    }

    /// Fills in a template of pods: what a Deployment makes its pods of.
    static func fillInTemplate(_ template: inout JSONValue) {
        template.fillIn("metadata", [:])
        template.mutateMember("metadata") { $0.removeMember("creationTimestamp") }
        template.mutateOrMakeMember("spec", fillIn)
    }

    private static func fillInContainer(_ container: inout JSONValue) {
        container.mutateElements(of: "ports") { $0.fillInText("protocol", "TCP") }
        container.mutateElements(of: "env") { variable in
            variable.mutateMember("valueFrom", fillInReferences)
        }
        container.mutateOrMakeMember("resources") { resources in
            for name in ["limits", "requests"] { resources.mutateMember(name) { $0.writeQuantities() } }
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] { container.mutateMember(name, fillInProbe) }
        container.mutateMember("lifecycle") { lifecycle in
            for name in ["postStart", "preStop"] {
                lifecycle.mutateMember(name) { $0.mutateMember("httpGet", fillInHTTP) }
            }
        }
        container.fillInText("terminationMessagePath", "/dev/termination-log")
        container.fillInText("terminationMessagePolicy", "File")
        let image = container["image"]?.string ?? ""
        container.fillInText("imagePullPolicy", .string(ImageReference.pullPolicy(image)))
    }

    private static func fillInProbe(_ probe: inout JSONValue) {
        probe.mutateMember("httpGet", fillInHTTP)
        probe.mutateMember("grpc") { $0.fillIn("service", "") }
        for (name, value) in [
            ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3),
        ] {
            probe.fillInNumber(name, .integer(value))
        }
    }

    private static func fillInHTTP(_ action: inout JSONValue) {
        action.fillInText("path", "/")
        action.fillInText("scheme", "HTTP")
    }

    /// What a field or a resource of the pod is told by.
    private static func fillInReferences(_ source: inout JSONValue) {
        source.mutateMember("fieldRef") { $0.fillInText("apiVersion", "v1") }
        source.mutateMember("resourceFieldRef") { reference in
            reference.fillIn("divisor", "0")
            if let divisor = ResourceQuantity(reference["divisor"]) { reference["divisor"] = .string(divisor.text) }
        }
    }

    private static func fillInVolume(_ volume: inout JSONValue) {
        guard case .object(let members) = volume else { return }
        if !members.contains(where: { $0.name != "name" }) { volume["emptyDir"] = [:] }
        for name in ["secret", "configMap", "projected", "downwardAPI"] {
            volume.mutateMember(name) { $0.fillIn("defaultMode", fileMode) }
        }
        volume.mutateMember("downwardAPI") { $0.mutateElements(of: "items", fillInReferences) }
        volume.mutateMember("hostPath") { $0.fillIn("type", "") }
        volume.mutateMember("emptyDir") { directory in
            if let limit = ResourceQuantity(directory["sizeLimit"]) { directory["sizeLimit"] = .string(limit.text) }
        }
        volume.mutateMember("projected") { projected in
            projected.mutateElements(of: "sources") { source in
                source.mutateMember("serviceAccountToken") { $0.fillIn("expirationSeconds", 3_600) }
                source.mutateMember("downwardAPI") { $0.mutateElements(of: "items", fillInReferences) }
            }
        }
    }
}

/// The name of a container's image, such as `registry.example:5000/web:1.2@sha256:…`.
enum ImageReference {
    /// Whether the image is to be looked up each time: where it is told by no tag, or by `latest`.
    static func pullPolicy(_ image: String) -> String {
        tag(of: image) == "latest" ? "Always" : "IfNotPresent"
    }

    /// The tag; `latest` where there is neither tag nor digest.
    static func tag(of image: String) -> String {
        let parts = image.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first ?? ""
        // A colon before a slash is that of a port.
        let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if let colon = last.firstIndex(of: ":") { return String(last[last.index(after: colon)...]) }
        return parts.count > 1 ? "" : "latest"
    }
}
