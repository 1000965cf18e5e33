import Addressing
import KubernetesAPI

/// The variables by which programs of pods find Services, as Docker's links had them.
///
/// Source: `k8s.io/kubernetes/pkg/kubelet/envvars/envvars.go`.
enum ServiceVariables {
    /// The Services whose variables pods of every namespace get: the API server's.
    private static let everywhere: Set<String> = ["kubernetes"]

    /// The variables for pods of a namespace: those of its Services, and of the API server's.
    ///
    /// - Parameter services: All Services.
    static func make(_ services: some Sequence<Service>, namespace: String) -> [(name: String, value: String)] {
        var chosen: [String: Service] = [:]
        for service in services where hasAddress(service) {
            let name = service.metadata.name
            if service.metadata.namespace == namespace {
                chosen[name] = service
            } else if service.metadata.namespace == "default", everywhere.contains(name), chosen[name] == nil {
                chosen[name] = service
            }
        }
        return chosen.sorted { $0.key < $1.key }.flatMap { variables(of: $0.value) }
    }

    private static func hasAddress(_ service: Service) -> Bool {
        !service.isHeadless && service.clusterIPs.first.flatMap { IPAddress($0) } != nil && !service.ports.isEmpty
    }

    private static func variables(of service: Service) -> [(name: String, value: String)] {
        guard let address = service.clusterIPs.first, let first = service.ports.first else { return [] }
        let prefix = name(service.metadata.name)
        var all = [("\(prefix)_SERVICE_HOST", address), ("\(prefix)_SERVICE_PORT", "\(first.port)")]
        for port in service.ports where !port.name.isEmpty {
            all.append(("\(prefix)_SERVICE_PORT_\(name(port.name))", "\(port.port)"))
        }
        let host = address.contains(":") ? "[\(address)]" : address
        for (offset, port) in service.ports.enumerated() {
            let `protocol` = port.protocol.isEmpty ? "TCP" : port.protocol
            let url = "\(`protocol`.lowercased())://\(host):\(port.port)"
            if offset == 0 { all.append(("\(prefix)_PORT", url)) }
            let portPrefix = "\(prefix)_PORT_\(port.port)_\(`protocol`.uppercased())"
            all += [
                (portPrefix, url), ("\(portPrefix)_PROTO", `protocol`.lowercased()),
                ("\(portPrefix)_PORT", "\(port.port)"), ("\(portPrefix)_ADDR", address),
            ]
        }
        return all
    }

    private static func name(_ text: String) -> String {
        String(text.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}
