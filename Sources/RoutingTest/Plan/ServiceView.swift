import Addressing
import KubernetesAPI

/// A Service as flows see it: where it can be dialled, and what it leads to.
struct ServiceView: Sendable {
    /// One port of a Service.
    struct Port: Sendable {
        let name: String
        let number: UInt16
        let transport: TransportProtocol
        let nodePort: UInt16?
        /// A number, or a name that pods give to one of their ports.
        let targetPort: String
    }

    let namespace: String
    let name: String
    let clusterIPs: [IPAddress]
    let loadBalancerIPs: [IPAddress]
    let externalIPs: [IPAddress]
    let ports: [Port]
    /// Empty where it selects nothing.
    let selector: [String: String]
    let publishesNotReady: Bool
    /// `spec.trafficDistribution`, or what the annotation of old says the same with.
    let trafficDistribution: String
    /// In which file and on which line.
    let place: String

    var key: String { "\(namespace)/\(name)" }

    /// The ports of that number or name.
    func ports(_ text: String) -> [Port] {
        ports.filter { $0.name == text || "\($0.number)" == text }
    }

    /// The address of that way and family; nil where there is none.
    func address(_ way: ServiceWay, _ family: IPFamily) -> IPAddress? {
        switch way {
        case .clusterIP: clusterIPs.first { $0.family == family }
        case .loadBalancer: loadBalancerIPs.first { $0.family == family }
        case .externalIP: externalIPs.first { $0.family == family }
        case .nodePort: nil
        }
    }
}
