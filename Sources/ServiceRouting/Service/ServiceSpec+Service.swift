import Addressing
import KubernetesAPI

extension ServiceSpec {
    /// The label that gives a Service to another proxy.
    private static let proxyNameLabel = "service.kubernetes.io/service-proxy-name"
    /// What an API server accepts for `sessionAffinityConfig.clientIP.timeoutSeconds`: up to one day.
    private static let affinityTimeouts = 1...86400

    /// Interprets a Service; nil if it is not for this proxy to serve: another proxy's, headless, an `ExternalName`,
    /// or one that has no ClusterIP yet.
    ///
    /// What cannot be used of it (an address that is none, a port out of range) is left out.
    init?(_ service: Service, options: RoutingOptions) {
        guard service.metadata.labels[Self.proxyNameLabel] == options.proxyName, service.type != .externalName else {
            return nil
        }
        let addresses = Self.unique(service.clusterIPs)
        clusterIPs = IPFamily.allCases.compactMap { family in addresses.first { $0.family == family } }
        guard !clusterIPs.isEmpty else { return nil }

        creationTimestamp = service.metadata.creationTimestamp
        let hasNodePorts = service.type == .nodePort || service.type == .loadBalancer
        ports = Self.unique(service.ports.compactMap { Self.port($0, hasNodePorts: hasNodePorts) })
        loadBalancerIPs = Self.loadBalancerIPs(service, except: clusterIPs)
        externalIPs =
            options.allowServiceExternalIPs
            ? Self.unique(service.externalIPs, except: clusterIPs + loadBalancerIPs) : []
        sourceRanges = SourceRanges(service.loadBalancerSourceRanges)
        isInternalPolicyLocal = service.internalTrafficPolicy == .local
        isExternalPolicyLocal = service.externalTrafficPolicy == .local
        affinityTimeout = Self.affinityTimeout(service)
        healthCheckNodePort =
            service.type == .loadBalancer && isExternalPolicyLocal
            ? Self.portNumber(service.healthCheckNodePort) ?? 0 : 0
    }

    private static func port(_ port: ServicePort, hasNodePorts: Bool) -> Port? {
        guard let `protocol` = TransportProtocol(kubernetes: port.protocol), let number = portNumber(port.port) else {
            return nil
        }
        return Port(
            name: port.name,
            protocol: `protocol`,
            port: number,
            nodePort: hasNodePorts ? portNumber(port.nodePort) ?? 0 : 0
        )
    }

    /// The first port of each name and protocol, which are what identifies a port.
    private static func unique(_ ports: [Port]) -> [Port] {
        guard ports.count > 1 else { return ports }
        var seen: [TransportProtocol: Set<String>] = [:]
        return ports.filter { seen[$0.protocol, default: []].insert($0.name).inserted }
    }

    /// The load-balancer addresses that this node answers for: `ipMode: Proxy` means that the load balancer itself
    /// does, and connects to node ports.
    private static func loadBalancerIPs(_ service: Service, except known: [IPAddress]) -> [IPAddress] {
        guard service.type == .loadBalancer else { return [] }
        let served = service.loadBalancerIngress.filter { $0.ipMode == nil || $0.ipMode == "VIP" }
        return unique(served.compactMap(\.ip), except: known)
    }

    private static func affinityTimeout(_ service: Service) -> Duration? {
        guard case .clientIP(let seconds) = service.sessionAffinity else { return nil }
        guard let seconds, affinityTimeouts.contains(seconds) else {
            return .seconds(SessionAffinity.defaultTimeoutSeconds)
        }
        return .seconds(seconds)
    }

    /// The addresses among `texts`, each once, in order.
    private static func unique(_ texts: [String], except known: [IPAddress] = []) -> [IPAddress] {
        guard !texts.isEmpty else { return [] }
        var seen = Set(known)
        return texts.compactMap { IPAddress($0) }.filter { seen.insert($0).inserted }
    }

    /// A port number that packets can carry: 1...65535.
    static func portNumber(_ number: Int?) -> UInt16? {
        number.flatMap { UInt16(exactly: $0) }.flatMap { $0 == 0 ? nil : $0 }
    }
}
