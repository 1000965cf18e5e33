import SeededTesting
import Addressing
import NFTables
import ServiceRouting
import Testing

@testable import ServiceDataplane

@Suite struct DataplanePlannerTests {
    static let detectors: [PodDetector] = [.none, .prefixes, .bridge("br0"), .interfacePrefix("cali")]

    private func commit(_ plan: DataplanePlan, to backend: FakeNFTables, limit: Int = 1_000) async throws {
        for transaction in plan.transactions(limit: limit) { try await backend.commit(transaction) }
    }

    private func snapshot(_ planner: DataplanePlanner, _ backend: any NFTablesBackend) async throws -> Snapshot? {
        try await backend.snapshot(of: planner.table) { StickyMap(name: $0.name) == nil }
    }

    @Test("every class chain's program is adopted as it was written", arguments: detectors, IPFamily.allCases)
    func randomHistories(detector: PodDetector, family: IPFamily) async throws {
        var routes = RandomRoutes(random: SeededGenerator(), family: family)
        for round in 0..<20 {
            let configuration = DataplaneConfiguration(
                family: family,
                masqueradeAll: round % 5 == 4,
                podDetector: detector
            )
            let backend = FakeNFTables()
            var planner = DataplanePlanner(configuration: configuration)
            var desired: [Frontend: Route] = [:]
            try await commit(planner.reconcile(frontends: [:]), to: backend)
            for step in 0..<12 {
                let comment: Comment = "\(routes.random) round \(round) step \(step)"
                var diff = RoutingDiff()
                for _ in 0..<Int.random(in: 0...4, using: &routes.random) {
                    let frontend = routes.frontend()
                    guard !diff.frontends.contains(where: { $0.frontend == frontend }) else { continue }
                    let new = Int.random(in: 0..<4, using: &routes.random) == 0 ? nil : routes.route(of: frontend)
                    diff.frontends.append(FrontendChange(frontend: frontend, old: desired[frontend], new: new))
                    desired[frontend] = new
                }
                try await commit(planner.plan(diff), to: backend, limit: [1, 7, 1_000][step % 3])
                if step % 5 == 4 { try await commit(planner.planCleanup(), to: backend) }

                // What a restarted proxy reads is what we believe, and it has nothing to do.
                var restarted = DataplanePlanner(configuration: configuration)
                restarted.adopt(try await snapshot(planner, backend))
                #expect(restarted.state == planner.state, comment)
                let restart = restarted.reconcile(frontends: desired)
                #expect(restart.isEmpty, comment)
            }

            // The table after all these steps serves what a cold start of the last state serves.
            var cold = DataplanePlanner(configuration: configuration)
            _ = cold.reconcile(frontends: desired)
            _ = planner.planCleanup()
            #expect(
                cold.state.frontends.mapValues(\.withSortedSlots)
                    == planner.state.frontends.mapValues(\.withSortedSlots)
            )
            #expect(cold.state.classChains == planner.state.classChains, "\(routes.random)")
            #expect(cold.state.sticky == planner.state.sticky, "\(routes.random)")
        }
    }

    @Test("whatever somebody else does to the table is put right by one plan")
    func repair() async throws {
        var routes = RandomRoutes(random: SeededGenerator())
        for round in 0..<60 {
            let configuration = DataplaneConfiguration(family: .ipv4, podDetector: .prefixes)
            let backend = FakeNFTables()
            var planner = DataplanePlanner(configuration: configuration)
            var desired: [Frontend: Route] = [:]
            for _ in 0..<6 {
                let frontend = routes.frontend()
                desired[frontend] = routes.route(of: frontend)
            }
            planner.podPrefixes = [try #require(IPPrefix("10.0.0.0/8")), try #require(IPPrefix("192.168.0.0/16"))]
            let clusterIPs = Set(desired.keys.map(\.address))
            try await commit(
                planner.reconcile(frontends: desired, clusterIPs: clusterIPs, hairpins: clusterIPs),
                to: backend
            )
            let before = try #require(try await snapshot(planner, backend))

            let damage = try #require(damage(before, using: &routes.random))
            _ = try? await backend.commit(damage)
            planner.adopt(try await snapshot(planner, backend))
            try await commit(
                planner.reconcile(frontends: desired, clusterIPs: clusterIPs, hairpins: clusterIPs),
                to: backend
            )
            let after = try #require(try await snapshot(planner, backend))
            var again = DataplanePlanner(configuration: configuration)
            again.podPrefixes = planner.podPrefixes
            again.adopt(after)
            let rest = again.reconcile(frontends: desired, clusterIPs: clusterIPs, hairpins: clusterIPs)
            #expect(rest.isEmpty, "\(routes.random) round \(round): \(damage.operations)")
            #expect(
                again.state.frontends.mapValues(\.withSortedSlots)
                    == planner.state.frontends.mapValues(\.withSortedSlots)
            )
        }
    }

    /// A random act of vandalism.
    private func damage(_ snapshot: Snapshot, using random: inout SeededGenerator) -> Transaction? {
        var transaction = Transaction()
        let table = snapshot.table.id
        let sets = snapshot.elements.filter { !$0.value.isEmpty }.keys.sorted()
        let chains = snapshot.chains.keys.sorted()
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            transaction.deleteTable(table)
        case 1, 2:
            guard let set = sets.randomElement(using: &random), let elements = snapshot.elements[set] else {
                return nil
            }
            let victim = elements[Int.random(in: 0..<elements.count, using: &random)]
            var key = Element(victim.key, through: victim.keyEnd)
            key.isIntervalEnd = victim.isIntervalEnd
            transaction.deleteElements([key], set: set, in: table)
        case 3:
            guard let set = sets.randomElement(using: &random) else { return nil }
            transaction.flushSet(set, in: table)
        case 4:
            guard let chain = chains.randomElement(using: &random) else { return nil }
            transaction.flushChain(chain, in: table)
        case 5:
            transaction.addChain(Chain("somebody-elses"), in: table)
            transaction.addSet(NamedSet("their-set", key: [.ipv4Address]), in: table)
            transaction.addRule([.verdict(.drop)], chain: "somebody-elses", in: table)
        case 6:
            transaction.addRule([.verdict(.drop)], chain: chains.randomElement(using: &random) ?? "", in: table)
        default:
            var value = RegisterValue(IPAddress.v4(0x0101_0101))
            value.append(networkOrder: UInt16(80))
            let key = Frontend(address: .v4(0x0a09_0909), protocol: .tcp, port: 9).registerValue.appending(slot: 7)
            transaction.addElements([Element(key, value: .data(value))], set: "endpoints", in: table)
        }
        return transaction
    }

    @Test func oneReplacedEndpointIsOneElement() async throws {
        let backend = FakeNFTables()
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4))
        let frontend = Frontend(address: .v4(0x0a60_0001), protocol: .tcp, port: 80)
        let old = Route(
            service: ServicePortName(service: ObjectKey(namespace: "a", name: "b"), portName: "", protocol: .tcp),
            kind: .internal,
            endpoints: (1...10).map { Backend(address: .v4($0), port: 80) }
        )
        var new = old
        new.endpoints = (2...11).map { Backend(address: .v4($0), port: 80) }
        try await commit(planner.reconcile(frontends: [frontend: old]), to: backend)
        var diff = RoutingDiff()
        diff.frontends = [FrontendChange(frontend: frontend, old: old, new: new)]
        let plan = planner.plan(diff)
        #expect(plan.elementCount == 2)  // one deletion, one addition, of the same slot
        #expect(plan.structure.isEmpty)
    }

    @Test func aPlanThatIsCutNeverShowsAFrontendWithoutItsEndpoints() async throws {
        var routes = RandomRoutes(random: SeededGenerator())
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4))
        let backend = FakeNFTables()
        var desired: [Frontend: Route] = [:]
        for round in 0..<60 {
            for _ in 0..<8 {
                let frontend = routes.frontend()
                desired[frontend] = round % 7 == 3 ? nil : routes.route(of: frontend)
            }
            for transaction in planner.reconcile(frontends: desired).transactions(limit: 2) {
                try await backend.commit(transaction)
                var seen = DataplanePlanner(configuration: planner.configuration)
                seen.adopt(try await snapshot(planner, backend))
                for (frontend, program) in seen.state.frontends {
                    switch program.dispatch {
                    case nil: break
                    case .balance(.cluster, let count, _), .internal(let count, _), .external(let count, _):
                        #expect(program.slots.count >= count, "\(routes.random) \(frontend)")
                    case .balance(.local, let count, _):
                        #expect(program.localSlots.count >= count, "\(routes.random) \(frontend)")
                    case .externalLocal(let cluster, let local, _):
                        #expect(program.slots.count >= cluster && program.localSlots.count >= local, "\(routes.random)")
                    }
                }
            }
        }
    }

    @Test func aChangedTimeoutRewritesOnlyTheRecordChains() async throws {
        let backend = FakeNFTables()
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4))
        let frontend = Frontend(address: .v4(0x0a60_0001), protocol: .udp, port: 53)
        var route = Route(
            service: ServicePortName(service: ObjectKey(namespace: "a", name: "b"), portName: "", protocol: .udp),
            kind: .external,
            endpoints: [Backend(address: .v4(1), port: 53)],
            affinityTimeout: .seconds(60)
        )
        try await commit(planner.reconcile(frontends: [frontend: route]), to: backend)
        route.affinityTimeout = .seconds(120)
        let plan = planner.reconcile(frontends: [frontend: route])
        #expect(plan.elementCount == 0)
        #expect(!plan.structure.isEmpty)
        try await commit(plan, to: backend)
        #expect(planner.reconcile(frontends: [frontend: route]).isEmpty)
    }

    @Test func anEndpointThatLeavesAnAffineServiceIsPurged() {
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4))
        let frontend = Frontend(address: .v4(0x0a60_0001), protocol: .tcp, port: 80)
        let name = ServicePortName(service: ObjectKey(namespace: "a", name: "b"), portName: "", protocol: .tcp)
        let backends = (1...3).map { Backend(address: .v4($0), port: 80) }
        var route = Route(service: name, kind: .internal, endpoints: backends, affinityTimeout: .seconds(60))
        _ = planner.reconcile(frontends: [frontend: route])
        route.endpoints.removeFirst()
        let plan = planner.reconcile(frontends: [frontend: route])
        #expect(plan.stickyPurges == [StickyPurge(map: StickyService(name).map(.cluster), endpoint: backends[0])])
    }

    @Test func affinityThatEndsOrMovesLeavesNothingRemembered() async throws {
        let backend = FakeNFTables()
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4))
        let frontend = Frontend(address: .v4(0x0a60_0001), protocol: .tcp, port: 80)
        let name = ServicePortName(service: ObjectKey(namespace: "a", name: "b"), portName: "", protocol: .tcp)
        let served = Route(
            service: name,
            kind: .external,
            endpoints: [Backend(address: .v4(1), port: 80)],
            affinityTimeout: .seconds(60)
        )
        try await commit(planner.reconcile(frontends: [frontend: served]), to: backend)
        let maps = Set(SlotList.allCases.map { StickyService(name).map($0) })

        // Through no endpoints at all, as a Deployment that is recreated goes: its next endpoint must not find old clients.
        var unserved = served
        unserved.endpoints = []
        unserved.unserved = .reject
        let without = planner.reconcile(frontends: [frontend: unserved])
        #expect(without.flushedMaps == maps)
        try await commit(without, to: backend)

        // To another policy: what its map still holds is from before.
        try await commit(planner.reconcile(frontends: [frontend: served]), to: backend)
        var local = served
        local.kind = .externalLocal
        local.localEndpoints = served.endpoints
        #expect(planner.reconcile(frontends: [frontend: local]).flushedMaps == [StickyService(name).map(.local)])
    }

    @Test func anEmptiedClassChainWhoseSuccessorIsGoneIsFilledAgain() async throws {
        let backend = FakeNFTables()
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4, podDetector: .prefixes))
        let frontend = Frontend(address: .v4(0x0a60_0001), protocol: .tcp, port: 80)
        let name = ServicePortName(service: ObjectKey(namespace: "a", name: "b"), portName: "", protocol: .tcp)
        let routes = [frontend: Route(service: name, kind: .internal, endpoints: [Backend(address: .v4(1), port: 80)])]
        try await commit(planner.reconcile(frontends: routes), to: backend)
        let before = try #require(try await snapshot(planner, backend))
        var damage = Transaction()
        damage.flushChain("internal-1", in: planner.table)
        damage.deleteChain("lb-1", in: planner.table)
        try await backend.commit(damage)

        planner.adopt(try await snapshot(planner, backend))
        try await commit(planner.reconcile(frontends: routes), to: backend)
        let after = try #require(try await snapshot(planner, backend))
        #expect(after == before)
        planner.adopt(after)
        #expect(planner.reconcile(frontends: routes).isEmpty)
    }

    @Test func aQuarantinedFrontendIsLeftOutUntilItChanges() {
        var planner = DataplanePlanner(configuration: DataplaneConfiguration(family: .ipv4))
        let frontend = Frontend(address: .v4(0x0a60_0001), protocol: .tcp, port: 80)
        let name = ServicePortName(service: ObjectKey(namespace: "a", name: "b"), portName: "", protocol: .tcp)
        let route = Route(service: name, kind: .internal, endpoints: [Backend(address: .v4(1), port: 80)])
        planner.quarantine(frontend)
        #expect(planner.reconcile(frontends: [frontend: route]).elementCount == 0)
        var diff = RoutingDiff()
        diff.frontends = [FrontendChange(frontend: frontend, old: nil, new: route)]
        #expect(planner.plan(diff).elementCount == 2)
    }
}

extension FrontendProgram {
    /// The program with slots in the order of their endpoints: what connections can tell of it.
    fileprivate var withSortedSlots: FrontendProgram {
        var copy = self
        copy.slots.sort()
        copy.localSlots.sort()
        return copy
    }
}
