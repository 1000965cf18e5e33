import Addressing
import JSON
import KubernetesAPI

/// A container's environment, from its specification and what the cluster has (upstream's
/// `makeEnvironmentVariables`).
struct VariableResolver: Sendable {
    let pod: PodSpecification
    let addresses: [IPAddress]
    let nodeName: String
    let hostAddresses: [IPAddress]
    let environment: any PodEnvironment

    /// Bytes that all names and values may have together.
    private static let limit = 1 << 20

    /// The variables in the order in which they came about; a later one of the same name replaces an earlier one.
    func variables(of container: ContainerSpecification) async throws -> [(name: String, value: String)] {
        var list = VariableList()
        if pod.object[path: "spec", "enableServiceLinks"]?.bool ?? true {
            for (name, value) in await environment.serviceVariables(namespace: pod.namespace) { list.set(name, value) }
        } else {
            for (name, value) in await environment.serviceVariables(namespace: pod.namespace)
            where name.hasPrefix("KUBERNETES_") { list.set(name, value) }
        }
        for source in container.object["envFrom"]?.array ?? [] {
            let prefix = source["prefix"]?.string ?? ""
            for (kind, field) in [(PodDataKind.configMap, "configMapRef"), (.secret, "secretRef")] {
                guard let reference = source[field], let name = reference["name"]?.string else { continue }
                guard let data = try await data(kind, name, isOptional: reference["optional"]?.bool ?? false) else {
                    continue
                }
                for (key, bytes) in data.sorted(by: { $0.key < $1.key }) {
                    list.set(prefix + key, String(decoding: bytes, as: UTF8.self))
                }
            }
        }
        for entry in container.object["env"]?.array ?? [] {
            guard let name = entry["name"]?.string, !name.isEmpty else { continue }
            if let source = entry["valueFrom"] {
                if let value = try await value(of: source, in: container) { list.set(name, value) }
            } else {
                list.set(name, VariableExpansion.expand(entry["value"]?.string ?? "", list.values))
            }
        }
        guard list.byteCount <= Self.limit else {
            throw StartRefusal(
                reason: "CreateContainerConfigError",
                message: "the environment has more than \(Self.limit) bytes"
            )
        }
        return list.pairs
    }

    /// The data of a ConfigMap or Secret; nil where it is not there and need not be.
    func data(_ kind: PodDataKind, _ name: String, isOptional: Bool) async throws -> [String: [UInt8]]? {
        do {
            return try await environment.data(kind, namespace: pod.namespace, name: name)
        } catch PodEnvironmentError.notFound {
            if isOptional { return nil }
            throw StartRefusal(reason: "CreateContainerConfigError", message: "\(kind.rawValue) \"\(name)\" not found")
        } catch {
            throw StartRefusal(
                reason: "CreateContainerConfigError",
                message: "cannot get \(kind.rawValue) \"\(name)\": \(error)"
            )
        }
    }

    private func value(of source: JSONValue, in container: ContainerSpecification) async throws -> String? {
        for (kind, field) in [(PodDataKind.configMap, "configMapKeyRef"), (.secret, "secretKeyRef")] {
            guard let reference = source[field], let name = reference["name"]?.string,
                let key = reference["key"]?.string
            else { continue }
            let isOptional = reference["optional"]?.bool ?? false
            guard let data = try await data(kind, name, isOptional: isOptional) else { return nil }
            if let bytes = data[key] { return String(decoding: bytes, as: UTF8.self) }
            if isOptional { return nil }
            throw StartRefusal(
                reason: "CreateContainerConfigError",
                message: "couldn't find key \(key) in \(kind == .secret ? "Secret" : "ConfigMap") "
                    + "\(pod.namespace)/\(name)"
            )
        }
        if let path = source[path: "fieldRef", "fieldPath"]?.string {
            guard let value = field(path) else {
                throw StartRefusal(
                    reason: "CreateContainerConfigError",
                    message: "unsupported fieldPath: \(path)"
                )
            }
            return value
        }
        if let reference = source["resourceFieldRef"] { return try resource(reference, container) }
        return nil
    }

    /// A field of the pod, as `fieldRef` names it; nil where that is not one of those that there are.
    func field(_ path: String) -> String? {
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.uid
        case "spec.nodeName": return nodeName
        case "spec.serviceAccountName": return pod.object[path: "spec", "serviceAccountName"]?.string ?? "default"
        case "status.hostIP": return hostAddresses.first.map { "\($0)" } ?? ""
        case "status.hostIPs": return hostAddresses.prefix(2).map { "\($0)" }.joined(separator: ",")
        case "status.podIP": return addresses.first.map { "\($0)" } ?? ""
        case "status.podIPs": return addresses.prefix(2).map { "\($0)" }.joined(separator: ",")
        case "metadata.labels": return Self.lines(pod.labels)
        case "metadata.annotations": return Self.lines(pod.annotations)
        default:
            for (prefix, values) in [("metadata.labels['", pod.labels), ("metadata.annotations['", pod.annotations)] {
                if path.hasPrefix(prefix), path.hasSuffix("']") {
                    return values[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
                }
            }
            return nil
        }
    }

    private static func lines(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: "\n")
    }

    private func resource(_ reference: JSONValue, _ own: ContainerSpecification) throws(StartRefusal) -> String {
        let name = reference["containerName"]?.string ?? own.name
        let path = (reference["resource"]?.string ?? "").split(separator: ".").map(String.init)
        guard let container = pod.allContainers.first(where: { $0.name == name }), path.count == 2,
            ["limits", "requests"].contains(path[0])
        else {
            throw StartRefusal(
                reason: "CreateContainerConfigError",
                message: "unsupported resourceFieldRef: \(name) \(reference["resource"]?.string ?? "")"
            )
        }
        let amount = ResourceClass.amount(container.object["resources"], path[0], path[1])
        let divisor = reference["divisor"]?.string.flatMap { Quantity($0) }?.thousandths ?? 0
        let unit = divisor > 0 ? divisor : 1000
        guard let amount else { return "0" }
        let (quotient, remainder) = amount.thousandths.quotientAndRemainder(dividingBy: unit)
        return "\(remainder > 0 ? quotient + 1 : quotient)"
    }
}

/// Variables of which each name is there once, in the order of their first coming.
struct VariableList: Sendable {
    private var names: [String] = []
    private(set) var values: [String: String] = [:]

    mutating func set(_ name: String, _ value: String) {
        // A value with a zero byte would be cut by the kernel.
        let value = String(value.prefix { $0 != "\0" })
        if values.updateValue(value, forKey: name) == nil { names.append(name) }
    }

    var pairs: [(name: String, value: String)] { names.map { ($0, values[$0] ?? "") } }

    var byteCount: Int { pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 } }
}
