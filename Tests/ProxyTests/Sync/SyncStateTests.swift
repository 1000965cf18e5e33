import Addressing
import KubernetesAPI
import Logging
import NFTables
import Netlink
import Observability
import ServiceDataplane
import ServiceRouting
import Synchronization
import Testing

@testable import Proxy

@Suite struct SyncStateTests {
    private let kernel = FakeNFTables()
    private let inbox = Inbox()

    private func loop(_ backend: any NFTablesBackend, minSyncPeriod: Duration = .zero) -> SyncLoop {
        var configuration = ProxyConfiguration()
        configuration.source = .manifests(directory: "/nonexistent")
        configuration.minSyncPeriod = minSyncPeriod
        let health = HealthState(timeout: configuration.healthTimeout)
        return SyncLoop(
            configuration: configuration,
            routingOptions: RoutingOptions(nodeName: "node-1"),
            families: [.ipv4, .ipv6],
            backend: backend,
            inbox: inbox,
            monitor: nil,
            outputs: SyncOutputs(
                metrics: ProxyMetrics(registry: MetricsRegistry()),
                health: health,
                healthChecks: HealthCheckServers(isProxyHealthy: { health.isHealthy }),
                events: DiscardingEventRecorder(),
                reconcileConntrack: { _ in },
                firstSync: {},
                nodeName: "node-1"
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func post(_ number: Int, isSynced: Bool = true) {
        let key = ObjectKey(namespace: "default", name: "web")
        let service = Service(
            metadata: ObjectMeta(name: key.name, namespace: key.namespace),
            clusterIPs: ["10.96.0.\(number)", "fd00::\(number)"],
            ports: [ServicePort(name: "http", port: 80)]
        )
        inbox.post { content in
            content.objects.add(.service(key, service))
            content.isSynced = isSynced
        }
    }

    private func clusterIPs(_ family: IPFamily) async -> Int? {
        let table = TableID(family: TableFamily(family), name: "trama")
        return await kernel.elements(of: "cluster-ips", in: table)?.count
    }

    @Test func nothingIsWrittenBeforeTheSourceHasToldEverything() async {
        var state = SyncState(loop(kernel))
        post(1, isSynced: false)
        _ = await state.step()
        #expect(await kernel.tables().isEmpty)
        inbox.post { $0.isSynced = true }
        let next = await state.step()
        #expect(next.isFirstSync)
        #expect(await clusterIPs(.ipv4) == 1)
        #expect(await clusterIPs(.ipv6) == 1)
    }

    @Test func aFamilyThatFailsDoesNotKeepTheOtherFromBeingServed() async {
        let backend = FailingBackend(kernel, fails: .ip6)
        let loop = loop(backend)
        var state = SyncState(loop)
        post(1)
        let first = await state.step()
        #expect(!first.isFirstSync)
        #expect(await clusterIPs(.ipv4) == 1)
        #expect(await clusterIPs(.ipv6) == nil)
        #expect(loop.outputs.metrics.syncFailures[.ipv6].value == 1)
        #expect(loop.outputs.metrics.syncFailures[.ipv4].value == 0)
        #expect(first.alarm.map { $0 > .now } ?? false, "the retry is in the future, so that the loop does not spin")

        // A change while IPv6 waits for its retry is in IPv4's table at once, and in IPv6's once it works again.
        await kernel.clearCommitted()
        post(2)
        _ = await state.step()
        #expect(await kernel.committed.count == 1)
        backend.recover()
        try? await Task.sleep(for: .milliseconds(120))
        let next = await state.step()
        #expect(next.isFirstSync)
        #expect(await clusterIPs(.ipv6) == 1)
    }

    @Test func changesWaitForTheMinimumPeriodAndRepairsDoNot() async throws {
        var state = SyncState(loop(kernel, minSyncPeriod: .seconds(60)))
        post(1)
        _ = await state.step()
        await kernel.clearCommitted()
        post(2)
        let next = await state.step()
        #expect(await kernel.committed.isEmpty)
        #expect(next.alarm != nil)

        var damage = Transaction()
        damage.deleteTable(TableID(family: .ip, name: "trama"))
        try await kernel.commit(damage)
        inbox.post { $0.foreignChanges[.ipv4] = .now }
        _ = await state.step()
        #expect(await clusterIPs(.ipv4) == 1)
    }

    @Test func alarmsDoNotPileUp() async {
        var state = SyncState(loop(kernel))
        var alarmCount = 0
        for number in 1...50 {
            post(number)
            if await state.step().alarm != nil { alarmCount += 1 }
        }
        #expect(alarmCount <= 2)
    }
}

/// A kernel that cannot be reached about one family's table.
private final class FailingBackend: NFTablesBackend {
    private let kernel: FakeNFTables
    private let failing: Mutex<TableFamily?>

    init(_ kernel: FakeNFTables, fails family: TableFamily) {
        self.kernel = kernel
        failing = Mutex(family)
    }

    func recover() { failing.withLock { $0 = nil } }

    func commit(_ transaction: Transaction, generation: UInt32?) async throws(TransactionError) -> UInt32 {
        try await kernel.commit(transaction, generation: generation)
    }

    func snapshot(
        of table: TableID,
        elementsOf: @Sendable (NamedSet) -> Bool
    ) async throws(TransactionError) -> Snapshot? {
        if failing.withLock({ $0 }) == table.family {
            throw .transport(NetlinkError(operation: "dump", errno: 105))
        }
        return await kernel.snapshot(of: table, elementsOf: elementsOf)
    }

    func tables() async throws(TransactionError) -> [Table] { await kernel.tables() }

    func elements(of set: String, in table: TableID) async throws(TransactionError) -> [Element]? {
        await kernel.elements(of: set, in: table)
    }

    func generation() async throws(TransactionError) -> UInt32 { await kernel.generation() }
}
