import JSON
import KubernetesAPI

/// A Service, as far as its endpoints are concerned.
struct ServiceFacts: Sendable, Hashable {
    /// A port of the Service.
    struct Port: Sendable, Hashable {
        var name: String
        var `protocol`: String
        /// A number, or the name of a port of the pods.
        var target: Target
        var appProtocol: String?
    }

    /// Where a Service's port leads.
    enum Target: Sendable, Hashable {
        case number(Int)
        case name(String)
    }

    var namespace: String
    var name: String
    var uid: String
    /// Labels that its pods have; empty for a Service whose endpoints somebody else makes.
    var selector: [String: String]
    var ports: [Port]
    /// `IPv4`, `IPv6`; the first one is that of Endpoints.
    var families: [String]
    var isHeadless: Bool
    var isExternalName: Bool
    var publishesNotReady: Bool
    /// `PreferClose`, `PreferSameZone`, `PreferSameNode`; empty for none.
    var trafficDistribution: String
    var labels: [String: String]
    var created: Timestamp?

    init(_ service: Resource<ServiceKind>) {
        let (metadata, spec) = (service.metadata, service.value["spec"])
        namespace = metadata.namespace ?? ""
        name = metadata.name
        uid = metadata.uid
        labels = metadata.labels
        created = metadata.creationTimestamp
        var selector: [String: String] = [:]
        for member in spec?["selector"]?.object?.members ?? [] { selector[member.name] = member.value.string ?? "" }
        self.selector = selector
        ports = (spec?["ports"]?.array ?? []).compactMap { Self.port($0) }
        isHeadless = spec?["clusterIP"]?.string == "None"
        isExternalName = spec?["type"]?.string == "ExternalName"
        publishesNotReady = spec?["publishNotReadyAddresses"]?.bool ?? false
        trafficDistribution = spec?["trafficDistribution"]?.string ?? ""
        let families = spec?["ipFamilies"]?.array?.compactMap(\.string) ?? []
        if families.isEmpty {
            let address = spec?["clusterIP"]?.string ?? ""
            self.families = [address.contains(":") ? "IPv6" : "IPv4"]
        } else {
            self.families = families
        }
    }

    private static func port(_ value: JSONValue) -> Port? {
        guard let number = value["port"]?.integer else { return nil }
        let target: Target
        switch value["targetPort"] {
        case .string(let text)?:
            target = Int(text).map { .number($0) } ?? .name(text)
        case let other?:
            target = .number(other.integer.flatMap { $0 == 0 ? nil : $0 } ?? number)
        case nil:
            target = .number(number)
        }
        return Port(
            name: value["name"]?.string ?? "",
            protocol: value["protocol"]?.string ?? "TCP",
            target: target,
            appProtocol: value["appProtocol"]?.string
        )
    }

    /// Whether controllers make its endpoints.
    var hasManagedEndpoints: Bool { !selector.isEmpty && !isExternalName }

    /// Whether a pod is one of its pods.
    func selects(_ labels: [String: String]) -> Bool {
        !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
    }

    /// Its ports at a pod: those that the pod has, with the pod's numbers.
    func ports(at pod: Pod) -> [SlicePort] {
        ports.compactMap { port in
            let number: Int
            switch port.target {
            case .number(let fixed): number = fixed
            case .name(let name):
                guard let found = pod.ports.first(where: { $0.name == name && $0.protocol == port.protocol }) else {
                    return nil
                }
                number = found.port
            }
            return SlicePort(name: port.name, protocol: port.protocol, port: number, appProtocol: port.appProtocol)
        }
    }
}

/// A port of an EndpointSlice or of a subset of Endpoints.
struct SlicePort: Sendable, Hashable, Comparable {
    var name: String
    var `protocol`: String
    var port: Int
    var appProtocol: String?

    init(name: String, protocol: String, port: Int, appProtocol: String? = nil) {
        self.name = name
        self.protocol = `protocol`
        self.port = port
        self.appProtocol = appProtocol
    }

    init?(_ value: JSONValue) {
        guard let port = value["port"]?.integer else { return nil }
        self.init(
            name: value["name"]?.string ?? "",
            protocol: value["protocol"]?.string ?? "TCP",
            port: port,
            appProtocol: value["appProtocol"]?.string
        )
    }

    var json: JSONValue {
        var value: JSONValue = [
            "name": .string(name), "port": .integer(port), "protocol": .string(`protocol`),
        ]
        value["appProtocol"] = appProtocol.map { .string($0) }
        return value
    }

    static func < (left: SlicePort, right: SlicePort) -> Bool {
        (left.name, left.protocol, left.port) < (right.name, right.protocol, right.port)
    }
}
