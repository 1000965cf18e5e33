import Addressing
import ServiceRouting

/// The addresses of a ``ServiceTestBed``.
enum TestAddress {
    /// The hosts around the node, in the order of their links: the third number of their addresses.
    static let hosts = ["pod", "local", "remote", "client", "internet"]
    /// The node's name in EndpointSlices.
    static let nodeName = "node"
    /// Where endpoints listen.
    static let endpointPort: UInt16 = 8080

    /// A host's address, as ``Lab`` gives it.
    static func host(_ name: String, _ family: IPFamily) -> IPAddress { link(name, family, end: 2) }

    /// The node's address on its link to a host: what the host sees where the node masquerades.
    static func node(toward name: String, _ family: IPFamily) -> IPAddress { link(name, family, end: 1) }

    /// The node's primary address, on the link of its default route: where NodePorts are served.
    static func node(_ family: IPFamily) -> IPAddress { node(toward: "internet", family) }

    /// In the ServiceCIDRs 172.30.0.0/16 and fd00:96::/112.
    static func clusterIP(_ number: Int, _ family: IPFamily) -> IPAddress {
        family == .ipv4 ? .v4(0xac1e_0000 + UInt32(number)) : .v6(high: 0xfd00_0096_0000_0000, low: UInt64(number))
    }

    /// 203.0.113.N, 2001:db8:113::N.
    static func loadBalancer(_ number: Int, _ family: IPFamily) -> IPAddress {
        family == .ipv4 ? .v4(0xcb00_7100 + UInt32(number)) : .v6(high: 0x2001_0db8_0113_0000, low: UInt64(number))
    }

    /// 198.51.100.N, 2001:db8:198::N.
    static func externalIP(_ number: Int, _ family: IPFamily) -> IPAddress {
        family == .ipv4 ? .v4(0xc633_6400 + UInt32(number)) : .v6(high: 0x2001_0db8_0198_0000, low: UInt64(number))
    }

    private static func link(_ name: String, _ family: IPFamily, end: Int) -> IPAddress {
        let number = (hosts.firstIndex(of: name) ?? 98) + 1
        return family == .ipv4
            ? .v4(0x0a00_0000 + UInt32(number << 8 + end))
            : .v6(high: 0xfd00_0000_0000_0000 + UInt64(number) << 32, low: UInt64(end))
    }
}

/// One way to reach a Service.
enum FrontendKind: String, CaseIterable, Sendable {
    case clusterIP, nodePort, loadBalancer, externalIP

    /// The frontend of this kind of the Service's port 80.
    func frontend(of service: ServiceModel, _ family: IPFamily, _ transport: TransportProtocol) -> Frontend {
        switch self {
        case .clusterIP:
            Frontend(address: TestAddress.clusterIP(service.number, family), protocol: transport, port: 80)
        case .nodePort:
            Frontend(
                address: TestAddress.node(family),
                protocol: transport,
                port: UInt16(clamping: 30_000 + service.number)
            )
        case .loadBalancer:
            Frontend(address: TestAddress.loadBalancer(service.number, family), protocol: transport, port: 80)
        case .externalIP:
            Frontend(address: TestAddress.externalIP(service.number, family), protocol: transport, port: 80)
        }
    }
}
