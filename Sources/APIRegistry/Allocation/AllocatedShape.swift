import Addressing
import JSON

/// What of a Service decides over its allocations.
struct AllocatedShape {
    let type: String
    let clusterIPs: [String]
    let families: [String]
    let policy: String?
    let hasSelector: Bool
    let ports: [JSONValue]
    let healthCheckPort: Int
    let allocatesBalancerPorts: Bool
    private let isLocal: Bool

    init(_ service: JSONValue) {
        let spec = service["spec"] ?? [:]
        type = spec["type"]?.string ?? "ClusterIP"
        let list = (spec["clusterIPs"]?.array ?? []).map { $0.string ?? "" }
        let single = spec["clusterIP"]?.string ?? ""
        clusterIPs = list.isEmpty && !single.isEmpty ? [single] : list
        families = (spec["ipFamilies"]?.array ?? []).map { $0.string ?? "" }
        policy = spec["ipFamilyPolicy"]?.string
        hasSelector = !(spec["selector"]?.object?.isEmpty ?? true)
        ports = spec["ports"]?.array ?? []
        healthCheckPort = spec["healthCheckNodePort"]?.integer ?? 0
        allocatesBalancerPorts = spec["allocateLoadBalancerNodePorts"]?.bool ?? true
        isLocal = spec["externalTrafficPolicy"]?.string == "Local"
    }

    var isAlias: Bool { type == "ExternalName" }
    var isHeadless: Bool { clusterIPs.first == "None" }
    var hasNodePorts: Bool { type == "NodePort" || type == "LoadBalancer" }
    var needsHealthCheck: Bool { type == "LoadBalancer" && isLocal }
    /// Whether ports without a node port get one.
    var allocatesPorts: Bool { type == "NodePort" || type == "LoadBalancer" && allocatesBalancerPorts }

    /// The addresses that it has.
    var addresses: [IPAddress] { isAlias || isHeadless ? [] : clusterIPs.compactMap { IPAddress($0) } }

    /// The node ports that its ports have; none twice.
    var nodePorts: [Int] {
        var seen: Set<Int> = []
        return ports.compactMap { $0["nodePort"]?.integer }.filter { $0 != 0 && seen.insert($0).inserted }
    }

    /// The node ports that it has, that of the health check too; none twice.
    var allPorts: [Int] {
        let ports = hasNodePorts ? nodePorts : []
        guard needsHealthCheck, healthCheckPort > 0, !ports.contains(healthCheckPort) else { return ports }
        return ports + [healthCheckPort]
    }

    /// Whether addresses, families and policy are such as validation lets through.
    var isWellFormed: Bool {
        let known: Set<String> = ["IPv4", "IPv6"]
        let policies: Set<String> = ["SingleStack", "PreferDualStack", "RequireDualStack"]
        guard policy.map(policies.contains) ?? true, families.allSatisfy(known.contains),
            Set(families).count == families.count
        else { return false }
        if isHeadless { return clusterIPs.count == 1 }
        let own = clusterIPs.compactMap { IPAddress($0)?.family.description }
        guard own.count == clusterIPs.count, Set(own).count == own.count else { return false }
        return zip(own, families).allSatisfy { $0 == $1 }
    }
}
