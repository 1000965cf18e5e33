import Addressing
import KubernetesAPI
import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting
import Testing

/// `sessionAffinity: ClientIP`: a client stays with its endpoint while that serves, on every address of a Service's port.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct AffinityTests {
    private static let service = ServiceModel("affine", number: 1, on: "pod", "local", "remote") {
        $0.affinityTimeout = 600
        $0.hasExternalIP = true
    }

    private func servers(_ outcomes: [FlowOutcome]) -> Set<String?> { Set(outcomes.map(\.server)) }

    /// The clients and endpoints that a Service's port remembers.
    private func entries(
        _ service: ServiceModel,
        _ list: SlotList = .cluster,
        _ transport: TransportProtocol = .tcp,
        on bed: ServiceTestBed
    ) async throws -> [Element] {
        let name = ServicePortName(service: service.key, portName: "\(transport)".lowercased(), protocol: transport)
        let map = StickyService(name).map(list).name
        let table = try #require(bed.planners.first).table
        return try #require(try await bed.nftables.elements(of: map, in: table))
    }

    @Test(arguments: IPFamily.allCases, [TransportProtocol.tcp, .udp])
    func `two hundred connections go to one endpoint`(family: IPFamily, transport: TransportProtocol) async throws {
        let bed = try await ServiceTestBed(families: [family])
        try await bed.set(Self.service)
        for host in ["client", "pod", "node"] {
            // All addresses of the port share one memory.
            let outcomes = await bed.probe.flows(
                200,
                from: bed.host(host),
                toEachOf: FrontendKind.allCases.map { $0.frontend(of: Self.service, family, transport) }
            )
            #expect(servers(outcomes).count == 1, "\(host)")
            #expect(servers(outcomes) != [nil], "\(host)")
        }
        #expect(try await entries(Self.service, .cluster, transport, on: bed).count == 3)
        try await bed.listing()
    }

    @Test(arguments: IPFamily.allCases)
    func `ports of a Service remember apart`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = Self.service.with { service in
            service.ports = (1...16).map { .init(name: "port\($0)", transport: .tcp, port: 80 + $0) }
        }
        try await bed.set(service)
        var servers: Set<String?> = []
        for port in service.ports {
            let target = Frontend(
                address: TestAddress.clusterIP(1, family),
                protocol: .tcp,
                port: UInt16(clamping: port.port)
            )
            let outcomes = await bed.probe.flows(3, from: bed.lab["client"], to: target)
            #expect(self.servers(outcomes).count == 1)
            servers.formUnion(self.servers(outcomes))
        }
        // All 16 alike once in 3^15 runs.
        #expect(servers.count > 1)
    }

    @Test(arguments: IPFamily.allCases)
    func `a client is forgotten after the timeout, and each connection starts it anew`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = Self.service.with { $0.affinityTimeout = 4 }
        try await bed.set(service)
        let target = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
        let start = ContinuousClock.now
        var last = start
        var previous = await bed.probe.flow(from: bed.lab["client"], to: target)
        // Connections keep the entry for longer than the timeout.
        while ContinuousClock.now - start < .seconds(5) {
            let began = ContinuousClock.now
            let next = await bed.probe.flow(from: bed.lab["client"], to: target)
            // On a machine that was busy for so long, the entry may be gone.
            if ContinuousClock.now - last < .seconds(3) { #expect(next == previous) }
            previous = next
            last = began
        }
        while try await !entries(service, on: bed).isEmpty {
            guard ContinuousClock.now - start < .seconds(20) else {
                Issue.record("the entry outlived its timeout")
                return
            }
        }
        #expect(await bed.probe.flow(from: bed.lab["client"], to: target).server != nil)
        #expect(try await entries(service, on: bed).count == 1)
    }

    @Test(arguments: IPFamily.allCases, [TrafficPolicy.cluster, .local])
    func `a client whose endpoint left picks anew`(family: IPFamily, policy: TrafficPolicy) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = Self.service.with { $0.externalPolicy = policy }
        try await bed.set(service)
        let target = FrontendKind.nodePort.frontend(of: service, family, .tcp)
        let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
        let list: SlotList = policy == .local ? .local : .cluster
        let reachable = policy == .local ? ["pod", "local"] : ["pod", "local", "remote"]
        let client = bed.lab["client"]
        for _ in 0..<4 {
            try await bed.set(service)
            let before = try #require(await bed.probe.flow(from: client, to: target).server)
            #expect(reachable.contains(before))
            // The node's own pods' memory is not the outside's.
            #expect(await bed.probe.flow(from: bed.lab["pod"], to: clusterIP).server != nil)
            try await bed.set(service.with { $0.endpoints.removeAll { $0.host == before } })
            #expect(try await entries(service, list, on: bed).allSatisfy { !isOf($0, before, family) }, "purged")
            let outcomes = await bed.probe.flows(20, from: client, to: target)
            #expect(servers(outcomes).count == 1)
            let after = try #require(outcomes.first?.server)
            #expect(after != before && reachable.contains(after))
            // Back again, it does not get its old clients back.
            try await bed.set(service)
            #expect(servers(await bed.probe.flows(20, from: client, to: target)) == [after])
        }
        try await bed.listing()
    }

    /// Whether an entry leads to that host.
    private func isOf(_ element: Element, _ host: String, _ family: IPFamily) -> Bool {
        guard case .data(let value) = element.value else { return false }
        return value.bytes.starts(with: TestAddress.host(host, family).networkBytes)
    }

    @Test(arguments: IPFamily.allCases)
    func `who may not leave the node is not led off it by affinity`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("affine", number: 1, on: "local", "remote") {
            $0.affinityTimeout = 600
            $0.externalPolicy = .local
        }
        try await bed.set(service)
        let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
        let nodePort = FrontendKind.nodePort.frontend(of: service, family, .tcp)
        // Until the client's entry for the ClusterIP leads to the remote endpoint.
        for attempt in 0..<64 {
            guard await bed.probe.flow(from: bed.lab["client"], to: clusterIP).server != "remote" else { break }
            try await bed.apply(service.removal)
            try await bed.cleanUp()
            try await bed.set(service)
            #expect(attempt < 63)
        }
        let expected = bed.answers(by: ["local"], to: "client", family, isMasqueraded: false)
        #expect(await bed.outcomes(from: "client", to: nodePort, expecting: expected) == expected)
        let remote = bed.answers(by: ["remote"], to: "client", family, isMasqueraded: true)
        #expect(await bed.outcomes(from: "client", to: clusterIP, expecting: remote) == remote)
    }

    @Test(arguments: IPFamily.allCases)
    func `an internal policy of Local is not overruled by what an external address remembers`(
        family: IPFamily
    ) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("affine", number: 1, on: "local", "remote") {
            $0.affinityTimeout = 600
            $0.internalPolicy = .local
        }
        try await bed.set(service)
        let nodePort = FrontendKind.nodePort.frontend(of: service, family, .tcp)
        let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
        // Until the client's entry for the NodePort leads to the remote endpoint.
        for attempt in 0..<64 {
            guard await bed.probe.flow(from: bed.lab["client"], to: nodePort).server != "remote" else { break }
            try await bed.apply(service.removal)
            try await bed.cleanUp()
            try await bed.set(service)
            #expect(attempt < 63)
        }
        let expected = bed.answers(by: ["local"], to: "client", family, isMasqueraded: true)
        #expect(await bed.outcomes(from: "client", to: clusterIP, expecting: expected) == expected)
        let remote = bed.answers(by: ["remote"], to: "client", family, isMasqueraded: true)
        #expect(await bed.outcomes(from: "client", to: nodePort, expecting: remote) == remote)
    }

    @Test(arguments: IPFamily.allCases)
    func `affinity may be switched on and off, and its timeout changed`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let plain = Self.service.with { $0.affinityTimeout = nil }
        let target = FrontendKind.loadBalancer.frontend(of: plain, family, .tcp)
        let all = bed.answers(by: ["pod", "local", "remote"], to: "client", family, isMasqueraded: true)
        for _ in 0..<2 {
            try await bed.set(plain)
            #expect(await bed.outcomes(from: "client", to: target, expecting: all) == all)
            try await bed.cleanUp()
            try await bed.set(Self.service)
            let first = await bed.probe.flow(from: bed.lab["client"], to: target)
            #expect(servers(await bed.probe.flows(20, from: bed.lab["client"], to: target)) == [first.server])
            try await bed.set(Self.service.with { $0.affinityTimeout = 1_200 })
            #expect(servers(await bed.probe.flows(20, from: bed.lab["client"], to: target)) == [first.server])
            let longest = try await entries(Self.service, on: bed).compactMap(\.expiration).max()
            #expect(try #require(longest) > .seconds(600))
            try await bed.listing()
        }
    }
}
