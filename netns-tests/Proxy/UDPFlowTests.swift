import Addressing
import KubernetesAPI
import Netlink
import ServiceRouting
import Testing

/// UDP clients that keep one socket: connection tracking holds their flow to the endpoint that it had, until the entry goes.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct UDPFlowTests {
    /// Deletes the flows of a Service that lead to none of these hosts, as the proxy does after a change.
    ///
    /// - Returns: How many were deleted.
    private func reconcile(
        _ service: ServiceModel,
        _ bed: ServiceTestBed,
        _ family: IPFamily,
        serving hosts: [String]
    ) async throws -> Int {
        let frontends = FrontendKind.allCases.map { $0.frontend(of: service, family, .udp) }
        let serving = Set(hosts.map { TestAddress.host($0, family) })
        let conntrack = try ConntrackConnection(in: bed.node.namespace)
        let stale = try await conntrack.flows(FlowFilter(family: family, transport: .udp)) { flow in
            frontends.contains {
                $0.address == flow.original.destination && $0.port == flow.original.destinationPort
            } && !serving.contains(flow.reply.source)
        }
        return try await conntrack.delete(stale)
    }

    @Test(arguments: IPFamily.allCases, [TrafficPolicy.cluster, .local])
    func `a flow moves when its endpoint left and its entry is deleted`(
        family: IPFamily,
        policy: TrafficPolicy
    ) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("udp", number: 1, on: "pod", "local") {
            $0.externalPolicy = policy
            $0.hasExternalIP = true
        }
        try await bed.set(service)
        for kind in FrontendKind.allCases {
            for host in ["client", "node"] {
                try await bed.set(service)
                let target = kind.frontend(of: service, family, .udp)
                let flow = try await bed.probe.open(from: bed.host(host), to: target)
                let first = try #require(await bed.probe.ask(flow).server)
                let other = first == "pod" ? "local" : "pod"
                try await bed.set(service.with { $0.endpoints = [.init(host: other)] })
                #expect(await bed.probe.ask(flow).server == first, "until the entry is deleted")
                // The socket that does nothing else is moved, and no other.
                let kept = try await bed.probe.open(from: bed.host(host), to: target)
                #expect(await bed.probe.ask(kept).server == other)
                #expect(try await reconcile(service, bed, family, serving: [other]) >= 1)
                #expect(await bed.probe.ask(flow).server == other, "\(host) to \(kind)")
                #expect(await bed.probe.ask(kept).server == other, "\(host) to \(kind)")
                #expect(try await reconcile(service, bed, family, serving: [other]) == 0)
            }
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `a flow from before its Service is taken to it`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("late", number: 1, on: "local")
        let target = FrontendKind.loadBalancer.frontend(of: service, family, .udp)
        let flow = try await bed.probe.open(from: bed.lab["client"], to: target)
        #expect(await bed.probe.ask(flow).server == "internet")
        try await bed.set(service)
        #expect(try await reconcile(service, bed, family, serving: ["local"]) == 1)
        #expect(await bed.probe.ask(flow).server == "local")
    }

    @Test(arguments: IPFamily.allCases)
    func `a client that asks while there is no endpoint is served by the first`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("empty", number: 1)
        try await bed.set(service)
        for kind in [FrontendKind.clusterIP, .nodePort, .loadBalancer] {
            for host in ["client", "pod"] {
                try await bed.set(service)
                let target = kind.frontend(of: service, family, .udp)
                let flow = try await bed.probe.open(from: bed.lab[host], to: target)
                #expect(await bed.probe.ask(flow) == .refused)
                try await bed.set(service.with { $0.endpoints = [.init(host: "remote")] })
                // What was refused left nothing behind that would have to be deleted.
                #expect(await bed.probe.ask(flow).server == "remote", "\(host) to \(kind)")
            }
        }
    }
}
