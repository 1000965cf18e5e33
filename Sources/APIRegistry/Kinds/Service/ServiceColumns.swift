import JSON

/// What `kubectl get services` shows.
enum ServiceColumns {
    static let all: [TableColumn] = [
        .name,
        .text("Type", "How the Service is reached.") { $0.spec.type.text },
        .text("Cluster-IP", "The Service's address within the cluster.") {
            ($0.spec.clusterIPs.texts.first ?? "").orNone
        },
        .text("External-IP", "The Service's addresses from outside.", externalAddress),
        .text("Port(s)", "The Service's ports, and the node ports that lead to them.") { service in
            service.spec.ports.elements.map(port).joined(separator: ",").orNone
        },
        .age,
        .text("Selector", priority: 1, "Which pods are its endpoints.") { ObjectSelector.text(of: $0.spec.selector) },
    ]

    private static func port(_ port: ObjectView) -> String {
        let nodePort = port.nodePort.number ?? 0
        let numbers = "\(port.port.number ?? 0)" + (nodePort == 0 ? "" : ":\(nodePort)")
        return "\(numbers)/\(port.protocol.text)"
    }

    private static func externalAddress(_ service: ObjectView) -> String {
        let own = service.spec.externalIPs.texts
        switch service.spec.type.text {
        case "ClusterIP", "NodePort": return own.joined(separator: ",").orNone
        case "LoadBalancer":
            let balanced = service.status.loadBalancer.ingress.elements.map { ingress in
                ingress.ip.text.isEmpty ? ingress.hostname.text : ingress.ip.text
            }.filter { !$0.isEmpty }
            let all = own + balanced
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        case "ExternalName": return service.spec.externalName.text
        default: return "<unknown>"
        }
    }
}
