import Addressing
import KubernetesAPI
import NFTables
import Netlink
import ServiceRouting
import Testing

@testable import ServiceDataplane

@Suite struct FamilyTableTests {
    /// Services with one endpoint each, at 10.96.0.1, 10.96.0.2, …
    private func routes(_ count: Int) -> RoutingTable {
        var table = RoutingTable(options: RoutingOptions(nodeName: "node-1"))
        _ = table.apply((1...count).flatMap { objects($0, endpoint: "10.244.0.\($0)") })
        return table
    }

    private func objects(_ number: Int, endpoint: String) -> [ObjectChange] {
        let key = ObjectKey(namespace: "default", name: "service-\(number)")
        let service = Service(
            metadata: ObjectMeta(name: key.name, namespace: key.namespace),
            clusterIPs: ["10.96.0.\(number)"],
            ports: [ServicePort(name: "http", port: 80)]
        )
        let slice = EndpointSlice(
            metadata: ObjectMeta(
                name: key.name,
                namespace: key.namespace,
                labels: ["kubernetes.io/service-name": key.name]
            ),
            addressType: .ipv4,
            ports: [EndpointPort(name: "http", port: 8080)],
            endpoints: [Endpoint(addresses: [endpoint])]
        )
        return [.service(key, service), .endpointSlice(key, slice)]
    }

    private func frontend(_ number: UInt32) -> Frontend {
        Frontend(address: .v4(0x0a60_0000 + number), protocol: .tcp, port: 80)
    }

    private func table(_ backend: any NFTablesBackend) -> FamilyTable {
        FamilyTable(configuration: DataplaneConfiguration(family: .ipv4), backend: backend)
    }

    @Test func aRestartWithNothingChangedSendsNothing() async throws {
        let backend = FakeNFTables()
        let routes = routes(5)
        var first = table(backend)
        _ = try await first.synchronize(with: routes)
        await backend.clearCommitted()
        var second = table(backend)
        let report = try await second.synchronize(with: routes)
        #expect(report.transactionCount == 0)
        #expect(await backend.committed.isEmpty)
    }

    @Test func aCommitThatSomebodyOvertookIsMadeAgain() async throws {
        let backend = FakeNFTables()
        var routes = routes(2)
        var table = table(backend)
        _ = try await table.synchronize(with: routes)
        var foreign = Transaction()
        foreign.addTable(Table(id: TableID(family: .inet, name: "firewall")))
        try await backend.commit(foreign)
        let diff = routes.apply(objects(1, endpoint: "10.244.9.9"))
        let report = try await table.apply(diff, of: routes)
        #expect(report.conflictCount == 1)
        #expect(report.transactionCount == 1)
        #expect(!report.isFull)
    }

    @Test func aTableThatIsNotAsBelievedIsReadAndPutRight() async throws {
        let backend = FakeNFTables()
        var routes = routes(3)
        var table = table(backend)
        _ = try await table.synchronize(with: routes)
        var foreign = Transaction()
        foreign.deleteTable(table.planner.table)
        try await backend.commit(foreign)
        let diff = routes.apply(objects(1, endpoint: "10.244.9.9"))
        let report = try await table.apply(diff, of: routes)
        #expect(report.isFull)
        #expect(report.refused.isEmpty)
        var restarted = self.table(backend)
        #expect(try await restarted.synchronize(with: routes).transactionCount == 0)
    }

    @Test func aFrontendThatTheKernelRefusesDoesNotKeepTheOthersOut() async throws {
        let kernel = FakeNFTables()
        let refused = frontend(2)
        let backend = RefusingBackend(kernel, refuses: refused)
        let routes = routes(3)
        var table = table(backend)
        let report = try await table.synchronize(with: routes)
        #expect(report.refused.map(\.frontend) == [refused])
        #expect(table.planner.state.frontends.keys.sorted() == [frontend(1), frontend(3)])

        // Once the kernel takes it, the next full comparison brings it in.
        await backend.relent()
        #expect(try await table.synchronize(with: routes).refused.isEmpty)
        #expect(table.planner.state.frontends.count == 3)
    }

    @Test func aTransportThatFailsIsReportedAndNothingIsBelieved() async throws {
        let backend = FakeNFTables()
        let failure = TransactionError.transport(NetlinkError(operation: "send", errno: 105))
        var table = table(backend)
        await backend.failNextCommit(with: failure)
        await #expect(throws: failure) { try await table.synchronize(with: self.routes(2)) }
        #expect(try await table.synchronize(with: routes(2)).elementCount > 0)
    }
}

/// A kernel that refuses the elements of one frontend.
private actor RefusingBackend: NFTablesBackend {
    private let kernel: FakeNFTables
    private var refused: Frontend?

    init(_ kernel: FakeNFTables, refuses frontend: Frontend) {
        self.kernel = kernel
        refused = frontend
    }

    func relent() { refused = nil }

    func commit(_ transaction: Transaction, generation: UInt32?) async throws(TransactionError) -> UInt32 {
        for (index, operation) in transaction.operations.enumerated() {
            guard case .addElements(let elements, let set, _) = operation, set == "frontends", let refused else {
                continue
            }
            for (elementIndex, element) in elements.enumerated() where element.key == refused.registerValue {
                throw .rejected(
                    .init(
                        operationIndex: index,
                        elementIndex: elementIndex,
                        object: "element of map \(set)",
                        errno: 12
                    ),
                    following: []
                )
            }
        }
        return try await kernel.commit(transaction, generation: generation)
    }

    func snapshot(
        of table: TableID,
        elementsOf: @Sendable (NamedSet) -> Bool
    ) async throws(TransactionError) -> Snapshot? {
        await kernel.snapshot(of: table, elementsOf: elementsOf)
    }

    func tables() async throws(TransactionError) -> [Table] { await kernel.tables() }

    func elements(of set: String, in table: TableID) async throws(TransactionError) -> [Element]? {
        await kernel.elements(of: set, in: table)
    }

    func generation() async throws(TransactionError) -> UInt32 { await kernel.generation() }
}
