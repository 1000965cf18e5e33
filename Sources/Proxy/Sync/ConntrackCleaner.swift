import Addressing
import Logging
import Netlink
import Observability
import ServiceLifecycle
import ServiceRouting
import Synchronization

/// Deletes UDP flows that lead to the wrong place after a change, in the background: rules come first, and a table of a million
/// flows takes its time.
final class ConntrackCleaner: ServiceLifecycle.Service, CustomStringConvertible {
    private let pending = Mutex(ConntrackReconciliation())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    private let metrics: ProxyMetrics
    private let logger: Logger

    let description = "connection tracking"

    init(metrics: ProxyMetrics, logger: Logger) {
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.metrics = metrics
        self.logger = logger
    }

    /// Asks for a look at the table; what was asked before and not yet done is done with it.
    func post(_ reconciliation: ConntrackReconciliation) {
        pending.withLock { $0.merge(reconciliation) }
        wakeUp.yield()
    }

    func run() async throws {
        let connection: ConntrackConnection
        do {
            connection = try ConntrackConnection(in: .current())
        } catch {
            logger.error(
                "flows of endpoints that leave are not deleted, so UDP clients may keep talking to them",
                metadata: ["error": "\(error)"]
            )
            try? await gracefulShutdown()
            return
        }
        for await _ in wakeUps.cancelOnGracefulShutdown() {
            let work = pending.withLock { pending in
                defer { pending = ConntrackReconciliation() }
                return pending
            }
            for family in IPFamily.allCases where work.families.contains(family) {
                await clean(family, work, connection)
            }
        }
    }

    private func clean(
        _ family: IPFamily,
        _ work: ConntrackReconciliation,
        _ connection: ConntrackConnection
    ) async {
        let start = MonotonicTime.now()
        do {
            let stale = try await connection.flows(FlowFilter(family: family, transport: .udp)) { work.isStale($0) }
            let deletedCount = try await connection.delete(stale)
            metrics.conntrackDeletedEntries[family].increment(by: deletedCount)
            metrics.conntrackDuration[family].observe(MonotonicTime.now().duration(since: start))
            logger.debug("looked for stale flows", metadata: ["family": "\(family)", "deleted": "\(deletedCount)"])
        } catch {
            logger.warning(
                "cannot delete stale flows; trying again at the next change",
                metadata: ["error": "\(error)"]
            )
            pending.withLock { pending in
                var both = work
                both.merge(pending)
                pending = both
            }
        }
    }
}

extension ConntrackReconciliation {
    /// Whether a flow should be deleted.
    func isStale(_ flow: Flow) -> Bool {
        isStale(
            destination: Frontend(
                address: flow.original.destination,
                protocol: flow.transport,
                port: flow.original.destinationPort
            ),
            replySource: Backend(address: flow.reply.source, port: flow.reply.sourcePort)
        )
    }
}
