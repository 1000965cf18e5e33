import Addressing
import KubernetesAPI
import NFTables
import ServiceDataplane
import ServiceRouting
import Testing

/// A proxy that starts on the tables of the one before changes nothing that need not change.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct AdoptionTests {
    /// One Service of each shape.
    static let services = [
        ServiceModel("plain", number: 1, on: "pod", "local", "remote") { $0.hasExternalIP = true },
        ServiceModel("local", number: 2, on: "local", "remote") { $0.externalPolicy = .local },
        ServiceModel("internal", number: 3, on: "local", "remote") { $0.internalPolicy = .local },
        ServiceModel("affine", number: 4, on: "pod", "local", "remote") { $0.affinityTimeout = 600 },
        ServiceModel("affine-local", number: 5, on: "pod", "local", "remote") {
            $0.affinityTimeout = 60
            $0.externalPolicy = .local
            $0.internalPolicy = .local
        },
        ServiceModel("filtered", number: 6, on: "remote") {
            $0.sourceRanges = ["10.0.4.0/24", "10.0.0.0/16", "fd00:4::/64"]
        },
        ServiceModel("empty", number: 7) { $0.hasExternalIP = true },
        ServiceModel("far", number: 8, on: "remote") {
            $0.internalPolicy = .local
            $0.externalPolicy = .local
            $0.affinityTimeout = 10_800
        },
        ServiceModel("one-family", number: 9, on: "local") { $0.families = [.ipv6] },
    ]

    @Test(arguments: [PodDetector.prefixes, .none, .bridge("pod"), .interfacePrefix("po")])
    func `a restart with nothing changed sends nothing`(detector: PodDetector) async throws {
        let bed = try await ServiceTestBed(detector: detector)
        try await bed.apply(Self.services.flatMap(\.changes))
        let affine = FrontendKind.clusterIP.frontend(of: Self.services[3], .ipv4, .tcp)
        let before = await bed.probe.flow(from: bed.lab["client"], to: affine)
        let generation = try await bed.nftables.generation()
        let snapshots = try await bed.snapshots()
        try await bed.restart()
        try await bed.cleanUp()
        #expect(bed.reports.map(\.transactionCount) == [0, 0])
        #expect(try await bed.nftables.generation() == generation)
        #expect(try await bed.snapshots() == snapshots)
        // Who was remembered is remembered.
        let after = await bed.probe.flows(20, from: bed.lab["client"], to: affine)
        #expect(Set(after) == [before])
    }

    @Test func `a table of another configuration is replaced`() async throws {
        let bed = try await ServiceTestBed(detector: .prefixes)
        try await bed.apply(Self.services.flatMap(\.changes))
        for family in IPFamily.allCases {
            var other = FamilyTable(
                configuration: DataplaneConfiguration(family: family, masqueradeMark: 1 << 9, masqueradeAll: true),
                backend: bed.nftables
            )
            _ = try await other.synchronize(with: bed.routes)
            let target = FrontendKind.clusterIP.frontend(of: Self.services[0], family, .tcp)
            let all = bed.answers(by: ["pod", "local", "remote"], to: "pod", family, isMasqueraded: true)
            #expect(await bed.outcomes(from: "pod", to: target, expecting: all) == all)
            let again = try await other.synchronize(with: bed.routes)
            #expect(again.transactionCount == 0)
        }
        try await bed.listing()
    }

    @Test(arguments: IPFamily.allCases)
    func `an established connection survives every update and restart`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed()
        try await bed.apply(Self.services.flatMap(\.changes))
        let services = [Self.services[0], Self.services[1], Self.services[3]]
        var flows: [(OpenFlow, FlowOutcome)] = []
        for host in ["client", "pod", "node"] {
            for service in services {
                for kind in [FrontendKind.clusterIP, .nodePort, .loadBalancer] {
                    let flow = try await bed.probe.open(
                        from: bed.host(host),
                        to: kind.frontend(of: service, family, .tcp)
                    )
                    flows.append((flow, await bed.probe.ask(flow)))
                }
            }
        }
        func expectAlive(_ comment: Comment) async {
            for (flow, outcome) in flows {
                #expect(outcome.server != nil)
                #expect(await bed.probe.ask(flow) == outcome, comment)
            }
        }
        await expectAlive("nothing happened")
        try await bed.restart()
        await expectAlive("after a restart")
        try await bed.apply(
            services.flatMap {
                $0.with {
                    $0.endpoints.reverse(); $0.endpoints[0].ready = false
                }.changes
            }
        )
        await expectAlive("after their endpoints changed")
        try await bed.apply(services.flatMap { $0.with { $0.endpoints = [.terminating("pod")] }.changes })
        await expectAlive("after their endpoints left")
        try await bed.apply(
            services.flatMap { $0.with { $0.sourceRanges = ["192.0.2.0/24", "2001:db8::/64"] }.changes }
        )
        await expectAlive("after they were shut out")
        try await bed.apply(services.flatMap(\.removal))
        try await bed.cleanUp()
        await expectAlive("after their Services were deleted")
        try await bed.node.run("nft", "flush", "ruleset")
        try await bed.synchronize()
        await expectAlive("after a flush and a repair")
    }
}
