/// How a Service is exposed (`spec.type`).
public enum ServiceType: Sendable, Hashable {
    /// By virtual addresses inside the cluster.
    case clusterIP
    /// Also on a port of every node.
    case nodePort
    /// Also by a load balancer in front of the nodes.
    case loadBalancer
    /// Not at all: it is a DNS alias.
    case externalName
    /// In a way that this version does not know.
    case unknown(String)
}

extension ServiceType: CustomStringConvertible {
    static let known: [ServiceType] = [.clusterIP, .externalName, .loadBalancer, .nodePort]

    /// Reads Kubernetes' spelling.
    public init(_ text: String) {
        self = Self.known.first { $0.description == text } ?? .unknown(text)
    }

    /// Kubernetes' spelling.
    public var description: String {
        switch self {
        case .clusterIP: "ClusterIP"
        case .nodePort: "NodePort"
        case .loadBalancer: "LoadBalancer"
        case .externalName: "ExternalName"
        case .unknown(let text): text
        }
    }
}
