import Addressing
import KubernetesAPI

/// Where a pod's echo server listens.
struct EchoListener: Sendable, Hashable {
    /// Which of the plan's pods.
    let pod: Int
    let address: IPAddress
    let port: UInt16
    let transport: TransportProtocol

    /// Every port that a pod names, and every one that a Service leads to on it.
    static func all(_ plan: NetworkPlan, _ objects: ClusterObjects) -> [EchoListener] {
        var listeners: Set<EchoListener> = []
        func listen(_ pod: Int, _ port: UInt16, _ transport: TransportProtocol) {
            for address in plan.pods[pod].addresses {
                listeners.insert(EchoListener(pod: pod, address: address, port: port, transport: transport))
            }
        }
        for (number, host) in plan.pods.enumerated() {
            for port in host.pod.ports { listen(number, port.number, port.transport) }
            let own = Set(host.addresses.map { "\($0)" })
            for slice in objects.slices
            where slice.endpoints.contains(where: { $0.addresses.contains { own.contains(Self.canonical($0)) } }) {
                for port in slice.ports {
                    guard let value = port.port.flatMap({ UInt16(exactly: $0) }), value > 0,
                        let transport = TransportProtocol(kubernetes: port.protocol ?? "TCP")
                    else { continue }
                    listen(number, value, transport)
                }
            }
        }
        return listeners.sorted {
            ($0.pod, $0.port, $0.transport, $0.address) < ($1.pod, $1.port, $1.transport, $1.address)
        }
    }

    private static func canonical(_ text: String) -> String { IPAddress(text).map { "\($0)" } ?? text }
}
