public import JSON

extension Pod: KubernetesObject {
    /// `v1` `Pod`.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Pod",
        plural: "pods",
        namespaced: true
    )

    /// Reads a pod. What is of another type than it should be counts as not there.
    public init(json reader: inout JSONReader) throws(JSONError) {
        let object = try Resource<PodKind>(json: &reader)
        self.init(object)
    }

    /// Nothing is looked at: the API server has.
    public func validationErrors() -> [ObjectError] { [] }

    private enum PodKind: ResourceKind {
        static var resource: ResourceType { Pod.resource }
    }

    private init(_ object: Resource<PodKind>) {
        let (spec, status) = (object.value["spec"], object.value["status"])
        let containers = spec?["containers"]?.array ?? []
        self.init(
            metadata: object.metadata,
            owners: OwnerReference.all(in: object.value),
            finalizers: object.value[path: "metadata", "finalizers"]?.array?.compactMap(\.string) ?? [],
            nodeName: spec?["nodeName"]?.string ?? "",
            hostName: spec?["hostname"]?.string ?? "",
            subdomain: spec?["subdomain"]?.string ?? "",
            usesHostNetwork: spec?["hostNetwork"]?.bool ?? false,
            ports: Self.ports(containers + (spec?["initContainers"]?.array ?? []).filter(Self.isSidecar)),
            phase: status?["phase"]?.string ?? "",
            addresses: Self.addresses(status),
            conditions: Self.conditions(status)
        )
        let requests = Self.requests(spec)
        (requestedCPU, requestedMemory) = (requests["cpu"] ?? 0, requests["memory"] ?? 0)
        requestedOther = requests.filter { $0.key != "cpu" && $0.key != "memory" && $0.value > 0 }
        hostPorts = Self.hostPorts(
            containers + (spec?["initContainers"]?.array ?? []).filter(Self.isSidecar),
            usesHostNetwork: usesHostNetwork
        )
        for field in ["containerStatuses", "initContainerStatuses"] {
            for container in status?[field]?.array ?? [] {
                restarts = max(restarts, container["restartCount"]?.integer ?? 0)
            }
        }
        let cost = object.value[path: "metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"]
        deletionCost = cost?.string.flatMap { Int32($0) }.map { Int($0) } ?? 0
        requiredAntiAffinity =
            spec?[path: "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]?.array ?? []
        tolerations = Toleration.all(spec?["tolerations"]?.array ?? [])
        if nodeName.isEmpty, !isFinished { specification = spec }
    }

    private static func isSidecar(_ container: JSONValue) -> Bool {
        container["restartPolicy"]?.string == "Always"
    }

    private static func ports(_ containers: [JSONValue]) -> [ContainerPort] {
        containers.flatMap { container in
            (container["ports"]?.array ?? []).compactMap { port in
                guard let number = port["containerPort"]?.integer else { return nil }
                return ContainerPort(
                    name: port["name"]?.string ?? "",
                    protocol: port["protocol"]?.string ?? "TCP",
                    port: number
                )
            }
        }
    }

    private static func addresses(_ status: JSONValue?) -> [String] {
        let all = (status?["podIPs"]?.array ?? []).compactMap { $0["ip"]?.string }
        return all.isEmpty ? [status?["podIP"]?.string].compactMap(\.self).filter { !$0.isEmpty } : all
    }

    private static func conditions(_ status: JSONValue?) -> [String: Condition] {
        var conditions: [String: Condition] = [:]
        for condition in status?["conditions"]?.array ?? [] {
            guard let type = condition["type"]?.string else { continue }
            conditions[type] = Condition(
                status: condition["status"]?.string ?? "Unknown",
                reason: condition["reason"]?.string ?? "",
                lastTransition: condition["lastTransitionTime"]?.string.flatMap { Timestamp($0) },
                message: type == "PodScheduled" ? condition["message"]?.string ?? "" : ""
            )
        }
        return conditions
    }

    private static func hostPorts(_ containers: [JSONValue], usesHostNetwork: Bool) -> [HostPort] {
        containers.flatMap { container in
            (container["ports"]?.array ?? []).compactMap { port -> HostPort? in
                let shared = usesHostNetwork ? port["containerPort"] : nil
                guard let number = port["hostPort"]?.integer ?? shared?.integer, number > 0 else { return nil }
                return HostPort(
                    address: port["hostIP"]?.string ?? "",
                    protocol: port["protocol"]?.string ?? "TCP",
                    port: number
                )
            }
        }
    }

    /// By name the greater of what all containers ask for together and of what the init containers do one after the
    /// other, with those that go on running; and the overhead. CPU is in thousandths, all else in whole units.
    ///
    /// Source: `k8s.io/component-helpers/resource` `PodRequests`.
    private static func requests(_ spec: JSONValue?) -> [String: Int64] {
        func amounts(_ list: JSONValue?) -> [(name: String, amount: Int64)] {
            (list?.object?.members ?? []).compactMap { member in
                let text = member.value.string ?? member.value.integer.map { "\($0)" }
                guard let quantity = text.flatMap({ Quantity($0) }) else { return nil }
                return (member.name, member.name == "cpu" ? quantity.thousandths : quantity.wholeUnits)
            }
        }
        var running: [String: Int64] = [:]
        var peak: [String: Int64] = [:]
        for container in spec?["initContainers"]?.array ?? [] {
            for (name, amount) in amounts(container[path: "resources", "requests"]) {
                let total = running[name, default: 0].addingSaturating(amount)
                peak[name] = max(peak[name, default: 0], total)
                if isSidecar(container) { running[name] = total }
            }
        }
        for container in spec?["containers"]?.array ?? [] {
            for (name, amount) in amounts(container[path: "resources", "requests"]) {
                running[name] = running[name, default: 0].addingSaturating(amount)
            }
        }
        var total = running.merging(peak) { max($0, $1) }
        for (name, amount) in amounts(spec?["overhead"]) {
            total[name] = total[name, default: 0].addingSaturating(amount)
        }
        return total
    }
}

extension Int64 {
    fileprivate func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
