import Addressing
import KubernetesClient
import Logging
import Netlink
import Observability
import ServiceLifecycle
import ServiceRouting
import Synchronization

/// Deletes UDP flows that lead to the wrong place after a change, in the background: rules come first, and a table of a million
/// flows takes its time.
final class ConntrackCleaner: ServiceLifecycle.Service, CustomStringConvertible {
    /// Deletes the flows of a family that are stale, and returns their number.
    typealias Clean = @Sendable (IPFamily, ConntrackReconciliation) async throws -> Int

    /// The pause before a look that failed is tried again.
    static let retryPause: Duration = .seconds(5)

    private let pending = Mutex(ConntrackReconciliation())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    private let metrics: ProxyMetrics
    private let logger: Logger
    private let time: Timekeeper
    private let makeClean: @Sendable () throws -> Clean

    let description = "connection tracking"

    /// A cleaner of the network namespace in which it runs.
    convenience init(metrics: ProxyMetrics, logger: Logger) {
        self.init(metrics: metrics, logger: logger, time: .continuous) {
            let connection = try ConntrackConnection(in: .current())
            return { family, work in
                let stale = try await connection.flows(FlowFilter(family: family, transport: .udp)) { work.isStale($0) }
                return try await connection.delete(stale)
            }
        }
    }

    /// A cleaner with another way to clean.
    init(
        metrics: ProxyMetrics,
        logger: Logger,
        time: Timekeeper,
        makeClean: @escaping @Sendable () throws -> Clean
    ) {
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.metrics = metrics
        self.logger = logger
        self.time = time
        self.makeClean = makeClean
    }

    /// Asks for a look at the table; what was asked before and not yet done is done with it.
    func post(_ reconciliation: ConntrackReconciliation) {
        pending.withLock { $0.merge(reconciliation) }
        wakeUp.yield()
    }

    func run() async throws {
        let clean: Clean
        do {
            clean = try makeClean()
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
            var failed = ConntrackReconciliation()
            for family in IPFamily.allCases where work.families.contains(family) {
                if await !look(family, work, clean) { failed.merge(work.restricted(to: family)) }
            }
            guard !failed.isEmpty else { continue }
            pending.withLock { pending in
                failed.merge(pending)
                pending = failed
            }
            guard await time.sleepUnlessStopped(Self.retryPause) else { return }
            wakeUp.yield()
        }
    }

    /// Looks through the flows of a family; false where that failed.
    private func look(_ family: IPFamily, _ work: ConntrackReconciliation, _ clean: Clean) async -> Bool {
        let start = MonotonicTime.now()
        do {
            let deletedCount = try await clean(family, work)
            metrics.conntrackDeletedEntries[family].increment(by: deletedCount)
            metrics.conntrackDuration[family].observe(MonotonicTime.now().duration(since: start))
            logger.debug("looked for stale flows", metadata: ["family": "\(family)", "deleted": "\(deletedCount)"])
            return true
        } catch {
            logger.warning(
                "cannot delete stale flows, trying again",
                metadata: ["family": "\(family)", "error": "\(error)", "after": "\(Self.retryPause)"]
            )
            return false
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
