import Addressing
import KubernetesAPI
import ServiceDataplane
import ServiceRouting
import Testing

/// `loadBalancerSourceRanges`: who may use a load balancer's address.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct SourceRangeTests {
    /// Whether a host may connect to the load balancer's address; its other addresses are never filtered.
    private func expect(
        _ allowed: [String: Bool],
        of service: ServiceModel,
        on bed: ServiceTestBed,
        _ family: IPFamily,
        _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        for (host, isAllowed) in allowed.sorted(by: { $0.key < $1.key }) {
            for transport in [TransportProtocol.tcp, .udp] {
                let expected =
                    isAllowed ? bed.answers(by: ["local"], to: host, family, isMasqueraded: true) : [.dropped]
                let target = FrontendKind.loadBalancer.frontend(of: service, family, transport)
                let seen = await bed.outcomes(from: host, to: target, expecting: expected, least: 1)
                #expect(seen == expected, "\(comment): \(host) to \(target)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `only sources in the ranges reach the load balancer's address`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("filtered", number: 1, on: "local") {
            $0.hasExternalIP = true
            $0.sourceRanges = [" 10.0.4.0/24 ", "fd00:4::/64"]
        }
        try await bed.set(service)
        await expect(["client": true, "pod": false, "node": false], of: service, on: bed, family, "the client's range")
        for kind in [FrontendKind.clusterIP, .nodePort, .externalIP] {
            let target = kind.frontend(of: service, family, .tcp)
            let seen = await bed.probe.flow(from: bed.lab["pod"], to: target)
            #expect(seen.server == "local", "\(kind) is not filtered")
        }
        try await bed.listing()

        let changed = service.with { $0.sourceRanges = ["10.0.1.2/32", "fd00:1::2/128"] }
        try await bed.set(changed)
        await expect(["client": false, "pod": true, "node": false], of: service, on: bed, family, "the pod's address")
        try await bed.set(service.with { $0.sourceRanges = [] })
        await expect(["client": true, "pod": true, "node": true], of: service, on: bed, family, "no ranges")
        try await bed.set(changed)
        try await bed.apply(service.removal)
        try await bed.set(service.with { $0.sourceRanges = ["0.0.0.0/0", "::/0"] })
        await expect(["client": true, "pod": true, "node": true], of: service, on: bed, family, "every range")
    }

    @Test(arguments: IPFamily.allCases)
    func `ranges of the other family filter nothing`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("filtered", number: 1, on: "local") {
            $0.sourceRanges = [family == .ipv4 ? "fd00:77::/64" : "192.0.2.0/24"]
        }
        try await bed.set(service)
        await expect(["client": true, "pod": true], of: service, on: bed, family, "other family")
        // A mistake in a filter does not open it.
        try await bed.set(service.with { $0.sourceRanges = [family == .ipv4 ? "10.0.4.0/33" : "fd00:4::/129"] })
        await expect(["client": false, "pod": false], of: service, on: bed, family, "no range at all")
    }

    @Test(arguments: IPFamily.allCases)
    func `ranges may nest and touch`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let narrow = ["10.0.4.0/24", "fd00:4::/64"]
        let wide = ["10.0.0.0/8", "10.0.4.2/32", "10.0.4.0/24", "fd00::/16", "fd00:4::2/128", "fd00:4::/64"]
        let service = ServiceModel("filtered", number: 1, on: "local") { $0.sourceRanges = wide }
        try await bed.set(service)
        await expect(["client": true, "pod": true, "node": true], of: service, on: bed, family, "nested")
        // The narrow range was hidden in the wide one, and must come out again.
        try await bed.set(service.with { $0.sourceRanges = narrow })
        await expect(["client": true, "pod": false], of: service, on: bed, family, "the narrow one left")
        try await bed.set(service.with { $0.sourceRanges = wide })
        await expect(["client": true, "pod": true], of: service, on: bed, family, "nested again")
        try await bed.set(
            service.with { $0.sourceRanges = ["10.0.2.0/23", "10.0.4.0/23", "fd00:2::/31", "fd00:4::/31"] }
        )
        await expect(["client": true, "pod": false], of: service, on: bed, family, "adjacent")
        try await bed.restart()
        #expect(bed.reports.allSatisfy { $0.transactionCount == 0 })
    }

    @Test(arguments: IPFamily.allCases)
    func `the load balancer's own address may connect where the node may`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("filtered", number: 1, on: "local") {
            $0.sourceRanges = ["10.0.5.1/32", "fd00:5::1/128"]
        }
        try await bed.set(service)
        await expect(["client": false, "pod": false, "node": true], of: service, on: bed, family, "the node's range")
        // Bound on the node, it is the source of the node's connections to it.
        let address = TestAddress.loadBalancer(1, family)
        try await bed.node.addAddress("\(address)/\(family.bitCount)", to: "lo")
        await expect(["client": false, "pod": false, "node": true], of: service, on: bed, family, "bound address")
        try await bed.set(service.with { $0.sourceRanges = ["10.0.4.2/32", "fd00:4::2/128"] })
        await expect(["client": true, "node": false], of: service, on: bed, family, "bound address, other range")
        // The node's address changes into one that the ranges hold.
        var node = bed.routes.node
        node.nodeAddresses = [TestAddress.host("client", family)]
        try await bed.update(node: node)
        await expect(
            ["client": true, "node": true],
            of: service,
            on: bed,
            family,
            "the node's address is in the range"
        )
    }
}
