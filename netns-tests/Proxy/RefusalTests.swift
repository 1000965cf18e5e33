import Addressing
import KubernetesAPI
import ServiceRouting
import Testing

/// What becomes of flows that nobody serves: a refusal where there is nothing to serve them, silence where a policy forbids.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RefusalTests {
    private static let hosts = ["pod", "node", "client"]
    private static let transports = [TransportProtocol.tcp, .udp]

    @Test(arguments: IPFamily.allCases)
    func `a Service without endpoints refuses on each of its addresses`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("empty", number: 1) { $0.hasExternalIP = true }
        let unready = service.with { $0.endpoints = [.unready("local"), .terminating("remote", serving: false)] }
        for service in [service, unready, service.with { $0.externalPolicy = .local }] {
            try await bed.set(service)
            let targets = FrontendKind.allCases.flatMap { kind in
                Self.transports.map { kind.frontend(of: service, family, $0) }
            }
            await bed.expect(.refused, from: Self.hosts, to: targets)
        }
        try await bed.listing()
    }

    @Test(arguments: IPFamily.allCases)
    func `a Local policy without local endpoints is silent`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("far", number: 1, on: "remote") {
            $0.hasExternalIP = true
            $0.internalPolicy = .local
            $0.externalPolicy = .local
        }
        try await bed.set(service)
        for transport in Self.transports {
            let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, transport)
            await bed.expect(.dropped, from: Self.hosts, to: [clusterIP])
            for kind in [FrontendKind.nodePort, .loadBalancer, .externalIP] {
                let target = kind.frontend(of: service, family, transport)
                await bed.expect(.dropped, from: ["client"], to: [target])
                // Who is on the node already may leave it.
                for host in ["pod", "node"] {
                    let expected = bed.answers(by: ["remote"], to: host, family, isMasqueraded: host == "node")
                    let seen = await bed.outcomes(from: host, to: target, expecting: expected, least: 2)
                    #expect(seen == expected, "\(host) to \(target)")
                }
            }
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `a port or protocol that a ClusterIP does not have is refused`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let tcp = ServiceModel("tcp", number: 1, on: "local") { $0.ports.removeLast() }
        let udp = ServiceModel("udp", number: 2, on: "local") { $0.ports.removeFirst() }
        try await bed.set(tcp, udp)
        let targets = [
            Frontend(address: TestAddress.clusterIP(1, family), protocol: .tcp, port: 81),
            Frontend(address: TestAddress.clusterIP(1, family), protocol: .udp, port: 80),
            Frontend(address: TestAddress.clusterIP(2, family), protocol: .tcp, port: 80),
            Frontend(address: TestAddress.clusterIP(2, family), protocol: .udp, port: 8080),
        ]
        await bed.expect(.refused, from: Self.hosts, to: targets)
        for host in Self.hosts {
            let echo = await bed.probe.echo(from: bed.host(host), to: TestAddress.clusterIP(1, family))
            #expect(echo == .refused, "echo request of \(host)")
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `an address of a ServiceCIDR that no Service has is silent`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let target = Frontend(address: TestAddress.clusterIP(200, family), protocol: .tcp, port: 80)
        await bed.expect(.dropped, from: Self.hosts, to: [target])
        // With the range gone, the address is anybody's.
        try await bed.apply([.serviceCIDR("default", nil), .serviceCIDR("more", nil)])
        for host in Self.hosts {
            let seen = await bed.probe.flow(from: bed.host(host), to: target)
            #expect(seen.server == "internet", "\(host)")
        }
        // Nested and adjacent ranges are one.
        let ranges = ["172.30.0.0/17", "172.30.128.0/17", "172.30.0.0/24", "fd00:96::/112", "fd00:96::/120"]
        try await bed.apply([.serviceCIDR("default", ServiceCIDR(cidrs: ranges))])
        await bed.expect(.dropped, from: ["pod"], to: [target])
        try await bed.apply([.serviceCIDR("default", ServiceCIDR(cidrs: Array(ranges[2...])))])
        await bed.expect(.dropped, from: ["pod"], to: [target])
        try await bed.listing()
    }

    @Test(arguments: IPFamily.allCases)
    func `a Service that is gone serves no more`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("brief", number: 1, on: "local") { $0.hasExternalIP = true }
        try await bed.set(service)
        for kind in FrontendKind.allCases {
            let seen = await bed.probe.flow(from: bed.lab["client"], to: kind.frontend(of: service, family, .tcp))
            #expect(seen.server == "local")
        }
        try await bed.apply(service.removal)
        let client = bed.lab["client"]
        let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
        #expect(await bed.probe.flow(from: client, to: clusterIP, timeout: FlowProbe.impatience) == .dropped)
        // The node's own stack refuses: nothing listens there.
        let nodePort = FrontendKind.nodePort.frontend(of: service, family, .tcp)
        #expect(await bed.probe.flow(from: client, to: nodePort) == .refused)
        for kind in [FrontendKind.loadBalancer, .externalIP] {
            let seen = await bed.probe.flow(from: client, to: kind.frontend(of: service, family, .tcp))
            #expect(seen.server == "internet", "\(kind)")
        }
        try await bed.set(service)
        for kind in FrontendKind.allCases {
            let seen = await bed.probe.flow(from: client, to: kind.frontend(of: service, family, .tcp))
            #expect(seen.server == "local")
        }
    }
}
