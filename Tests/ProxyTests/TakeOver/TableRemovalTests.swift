import KubernetesTesting
import NFTables
import Netlink
import Testing

@testable import Proxy

@Suite("Removal of kube-proxy's rules", .timeLimit(.minutes(1)))
struct TableRemovalTests {
    private static let failure = TransactionError.transport(NetlinkError(operation: "commit", errno: 105))

    /// A kernel with kube-proxy's table, that refuses so many commits.
    private func kernel(refusing count: Int) async throws -> FakeNFTables {
        let backend = FakeNFTables()
        var transaction = Transaction()
        transaction.addTable(Table(id: TableID(family: .ip, name: "kube-proxy")))
        try await backend.commit(transaction)
        for _ in 0..<count { await backend.failNextCommit(with: Self.failure) }
        return backend
    }

    @Test func `a removal that fails is tried again after growing pauses`() async throws {
        let backend = try await kernel(refusing: 2)
        let (time, log) = (ManualTime(), LogRecorder())
        await TableRemoval(backend: backend, logger: log.logger, time: time.timekeeper).removeUpstream()
        #expect(await backend.tables().isEmpty)
        #expect(time.sleeps == [.seconds(1), .seconds(2)])
        #expect(!log.all.contains { $0.hasPrefix("error") })
    }

    @Test func `a removal that never works is given up and told as an error`() async throws {
        let backend = try await kernel(refusing: 100)
        let (time, log) = (ManualTime(), LogRecorder())
        await TableRemoval(backend: backend, logger: log.logger, time: time.timekeeper).removeUpstream()
        #expect(time.sleeps == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(log.all.filter { $0.hasPrefix("error: cannot remove kube-proxy's tables") }.count == 1)
    }
}
