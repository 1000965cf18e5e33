import Addressing

/// A frontend that one Service port asks for.
struct Claim: Hashable, Sendable {
    /// What makes the Service port ask.
    enum Exposure: UInt8, Hashable, Sendable {
        case clusterIP, loadBalancer, externalIP, nodePort
    }

    let frontend: Frontend
    /// Index in ``ServiceSpec/ports``.
    let portIndex: UInt32
    let exposure: Exposure
}

extension ServiceSpec {
    /// The frontends that the Service asks for: port after port, and no frontend twice for one port.
    ///
    /// - Parameter nodePortAddresses: The node addresses that serve NodePorts, each once.
    func claims(nodePortAddresses: [IPAddress]) -> [Claim] {
        var claims: [Claim] = []
        for (index, port) in ports.enumerated() {
            func claim(_ address: IPAddress, _ number: UInt16, _ exposure: Claim.Exposure) {
                guard exposure == .clusterIP || serves(address.family) else { return }
                claims.append(
                    Claim(
                        frontend: Frontend(address: address, protocol: port.protocol, port: number),
                        portIndex: UInt32(truncatingIfNeeded: index),
                        exposure: exposure
                    )
                )
            }
            for address in clusterIPs { claim(address, port.port, .clusterIP) }
            for address in loadBalancerIPs { claim(address, port.port, .loadBalancer) }
            for address in externalIPs { claim(address, port.port, .externalIP) }
            guard port.nodePort != 0 else { continue }
            for address in nodePortAddresses {
                let isClaimed =
                    port.nodePort == port.port
                    && [clusterIPs, loadBalancerIPs, externalIPs].contains { $0.contains(address) }
                if !isClaimed { claim(address, port.nodePort, .nodePort) }
            }
        }
        return claims
    }
}
