import Addressing
import JSON

/// Gives Services what an API server and a load balancer would have given them: addresses and NodePorts.
struct Assignments {
    private let families: [IPFamily]
    /// Addresses and ports that manifests name themselves.
    private var taken: Set<String> = []
    private var lastNumber: [String: Int] = [:]

    init(_ objects: [JSONValue], _ families: [IPFamily]) {
        self.families = families
        for object in objects where object["kind"]?.string == "Service" {
            let spec = object["spec"]
            taken.formUnion((spec?["clusterIPs"]?.array ?? []).compactMap(\.string))
            if let address = spec?["clusterIP"]?.string { taken.insert(address) }
            for port in spec?["ports"]?.array ?? [] {
                if let number = port["nodePort"]?.integer { taken.insert("\(number)") }
            }
            if let number = spec?["healthCheckNodePort"]?.integer { taken.insert("\(number)") }
            for ingress in object[path: "status", "loadBalancer", "ingress"]?.array ?? [] {
                if let address = ingress["ip"]?.string { taken.insert(address) }
            }
        }
    }

    /// Where ClusterIPs are from.
    static func serviceCIDR(_ family: IPFamily) -> String { family == .ipv4 ? "10.96.0.0/16" : "fd00:10:96::/112" }

    /// The object with what it lacks; as it is, where it is no Service.
    mutating func complete(_ object: JSONValue) -> JSONValue {
        guard object["kind"]?.string == "Service", object["spec"]?.object != nil else { return object }
        var object = object
        let type = object[path: "spec", "type"]?.string ?? "ClusterIP"
        let clusterIP = object[path: "spec", "clusterIP"]?.string ?? ""
        guard type != "ExternalName", clusterIP != "None" else { return object }
        addClusterIPs(&object, clusterIP)
        guard type == "NodePort" || type == "LoadBalancer" else { return object }
        let isLocal = object[path: "spec", "externalTrafficPolicy"]?.string == "Local"
        if type == "LoadBalancer" {
            addLoadBalancer(&object)
            if isLocal, object[path: "spec", "healthCheckNodePort"]?.integer ?? 0 == 0 {
                object[path: "spec", "healthCheckNodePort"] = .integer(nextNodePort(from: 32_000))
            }
        }
        guard type == "NodePort" || object[path: "spec", "allocateLoadBalancerNodePorts"]?.bool != false else {
            return object
        }
        let ports = (object[path: "spec", "ports"]?.array ?? []).map { port in
            guard port["nodePort"]?.integer ?? 0 == 0, port.object != nil else { return port }
            var port = port
            port["nodePort"] = .integer(nextNodePort(from: 30_000))
            return port
        }
        object[path: "spec", "ports"] = .array(ports)
        return object
    }

    private mutating func addClusterIPs(_ object: inout JSONValue, _ clusterIP: String) {
        var addresses = (object[path: "spec", "clusterIPs"]?.array ?? []).compactMap(\.string)
        if addresses.isEmpty, !clusterIP.isEmpty { addresses = [clusterIP] }
        let policy = object[path: "spec", "ipFamilyPolicy"]?.string ?? "SingleStack"
        let named = (object[path: "spec", "ipFamilies"]?.array ?? []).compactMap(\.string)
            .compactMap { Self.familyNames[$0] }
        var wanted = named.isEmpty ? families : named
        if policy == "SingleStack", named.count < 2 {
            wanted = Array(wanted.prefix(1))
        } else if named.count == 1 {
            wanted += families.filter { !named.contains($0) }
        }
        let present = Set(addresses.compactMap { IPAddress($0)?.family })
        if addresses.isEmpty || policy != "SingleStack" {
            addresses += wanted.filter { !present.contains($0) }.map { nextAddress(.cluster, $0) }
        }
        object[path: "spec", "clusterIP"] = .string(addresses.first ?? "")
        object[path: "spec", "clusterIPs"] = .strings(addresses)
        object[path: "spec", "ipFamilies"] = .strings(
            addresses.compactMap { IPAddress($0).map { "\($0.family)" } }
        )
    }

    private mutating func addLoadBalancer(_ object: inout JSONValue) {
        guard object[path: "status", "loadBalancer", "ingress"]?.array?.isEmpty != false else { return }
        let asked = object[path: "spec", "loadBalancerIP"]?.string.flatMap { IPAddress($0) }
        let families = (object[path: "spec", "clusterIPs"]?.array ?? [])
            .compactMap { $0.string.flatMap { IPAddress($0)?.family } }
        let addresses = families.map { family in
            if let asked, asked.family == family { return "\(asked)" }
            return nextAddress(.loadBalancer, family)
        }
        object[path: "status", "loadBalancer", "ingress"] = .array(addresses.map { ["ip": .string($0)] })
    }

    private static let familyNames: [String: IPFamily] = ["IPv4": .ipv4, "IPv6": .ipv6]

    private enum Pool: String {
        case cluster, loadBalancer
    }

    /// 10.96.0.10 and fd00:10:96::10 and up; 192.0.2.1 and 2001:db8:192::1 and up for load balancers.
    private mutating func nextAddress(_ pool: Pool, _ family: IPFamily) -> String {
        let key = "\(pool.rawValue) \(family)"
        var address = ""
        repeat {
            let number = lastNumber[key, default: pool == .cluster ? 9 : 0] + 1
            lastNumber[key] = number
            address =
                switch (pool, family) {
                case (.cluster, .ipv4): "10.96.\(number >> 8).\(number & 0xff)"
                case (.cluster, .ipv6): "fd00:10:96::\(number)"
                case (.loadBalancer, .ipv4): "192.0.\(2 + number >> 8).\(number & 0xff)"
                case (.loadBalancer, .ipv6): "2001:db8:192::\(number)"
                }
        } while taken.contains(address)
        taken.insert(address)
        return address
    }

    private mutating func nextNodePort(from start: Int) -> Int {
        var number = lastNumber["ports \(start)"] ?? start - 1
        repeat { number += 1 } while taken.contains("\(number)")
        lastNumber["ports \(start)"] = number
        taken.insert("\(number)")
        return number
    }
}
