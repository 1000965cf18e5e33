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
        (requestedCPU, requestedMemory) = (requests.cpu, requests.memory)
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
                lastTransition: condition["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
            )
        }
        return conditions
    }

    /// The greater of what all containers ask for together and of what the init containers do one after the other,
    /// with those that go on running; and the overhead.
    ///
    /// Source: `k8s.io/component-helpers/resource` `PodRequests`.
    private static func requests(_ spec: JSONValue?) -> (cpu: Int64, memory: Int64) {
        func amount(_ container: JSONValue, _ name: String) -> Int64 {
            let text = container[path: "resources", "requests", name]
            let quantity = (text?.string).flatMap { Quantity($0) } ?? (text?.integer).flatMap { Quantity("\($0)") }
            guard let quantity else { return 0 }
            return name == "cpu" ? quantity.thousandths : quantity.wholeUnits
        }
        func total(_ name: String) -> Int64 {
            var running: Int64 = 0
            var peak: Int64 = 0
            for container in spec?["initContainers"]?.array ?? [] {
                let own = amount(container, name)
                peak = max(peak, running.addingSaturating(own))
                if isSidecar(container) { running = running.addingSaturating(own) }
            }
            for container in spec?["containers"]?.array ?? [] {
                running = running.addingSaturating(amount(container, name))
            }
            let overhead = spec?[path: "overhead", name]?.string.flatMap { Quantity($0) }
            let extra = name == "cpu" ? overhead?.thousandths : overhead?.wholeUnits
            return max(peak, running).addingSaturating(extra ?? 0)
        }
        return (total("cpu"), total("memory"))
    }
}

extension Int64 {
    fileprivate func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
