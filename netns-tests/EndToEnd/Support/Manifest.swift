/// A Service and one slice of its endpoints, as YAML. Its port 80, TCP and UDP, leads to the endpoints' port 8080.
struct Manifest {
    var name = "web"
    var clusterIP: String
    /// Further lines of the Service's `spec`.
    var spec: [String] = []
    var port = "80"
    /// The node's port of both.
    var nodePort: String?
    /// Addresses, of one family.
    var endpoints: [String]
    /// The node that the endpoints are on.
    var nodeName: String?
    /// Conditions of the endpoints, such as `ready: false`.
    var conditions: String?

    var yaml: String { "\(serviceYAML)---\n\(sliceYAML)" }

    var serviceYAML: String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: default, uid: uid-\(name)}
        spec:
          clusterIP: "\(clusterIP)"
          clusterIPs: ["\(clusterIP)"]
        \(spec.map { "  \($0)\n" }.joined())\
          ports:
          - {name: tcp, port: \(port), protocol: TCP\(nodePort.map { ", nodePort: \($0)" } ?? "")}
          - {name: udp, port: \(port), protocol: UDP\(nodePort.map { ", nodePort: \($0)" } ?? "")}

        """
    }

    var sliceYAML: String {
        let node = nodeName.map { ", nodeName: \($0)" } ?? ""
        let state = conditions.map { ", conditions: {\($0)}" } ?? ""
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: \(name)-1
              namespace: default
              labels: {kubernetes.io/service-name: \(name)}
            addressType: \(endpoints.contains { $0.contains(":") } ? "IPv6" : "IPv4")
            ports:
            - {name: tcp, port: 8080, protocol: TCP}
            - {name: udp, port: 8080, protocol: UDP}
            endpoints:\(endpoints.isEmpty ? " []" : "")
            \(endpoints.map { "- {addresses: [\"\($0)\"]\(node)\(state)}\n" }.joined())
            """
    }

    /// The node that the proxy runs on.
    static let node = node(address: "10.0.1.1")

    /// The node that the proxy runs on, with another address.
    static func node(address: String) -> String {
        """
        apiVersion: v1
        kind: Node
        metadata: {name: node-1}
        status:
          addresses:
          - {type: InternalIP, address: \(address)}

        """
    }
}
