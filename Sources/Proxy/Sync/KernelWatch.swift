import Addressing
import KubernetesClient
import Logging
import NFTables
import Netlink
import ServiceLifecycle
import Synchronization

/// What tells of commits; ``NFTablesMonitor``, or a test's own.
protocol CommitMonitor: AsyncSequence, Sendable where Element == NFTablesMonitor.Event {
    func pause() throws(NetlinkError)
    func resume() throws(NetlinkError)
}

extension NFTablesMonitor: CommitMonitor {}

/// Notices when somebody else changes our tables, and tells the sync loop to put them right.
///
/// Where listening fails, it begins anew after a pause, and all our tables are looked at, as nothing tells what was missed.
final class KernelWatch<Monitor: CommitMonitor>: ServiceLifecycle.Service, MonitorControl, CustomStringConvertible {
    private struct State {
        var monitor: Monitor
        var isPaused = false
    }

    private let tables: [TableID: IPFamily]
    private let open: @Sendable () throws(NetlinkError) -> Monitor
    private let state: Mutex<State>
    private let inbox: Inbox
    private let logger: Logger
    private let time: Timekeeper

    let description = "nftables monitor"

    /// Listens from now on.
    ///
    /// - Parameter open: Begins to listen; called again where listening failed.
    init(
        tableName: String,
        families: [IPFamily],
        inbox: Inbox,
        logger: Logger,
        time: Timekeeper = .continuous,
        open: @escaping @Sendable () throws(NetlinkError) -> Monitor
    ) throws(NetlinkError) {
        tables = Dictionary(
            uniqueKeysWithValues: families.map { (TableID(family: TableFamily($0), name: tableName), $0) }
        )
        self.open = open
        state = Mutex(State(monitor: try open()))
        self.inbox = inbox
        self.logger = logger
        self.time = time
    }

    func run() async throws {
        var backoff = RetryPause()
        while true {
            let monitor = state.withLock { $0.monitor }
            do {
                for try await event in monitor.cancelOnGracefulShutdown() {
                    backoff = RetryPause()
                    handle(event)
                }
                return
            } catch {
                guard await reopen(after: error, &backoff) else { return }
            }
        }
    }

    private func handle(_ event: NFTablesMonitor.Event) {
        switch event {
        case .overrun:
            tell(Set(tables.values))
        case .changed(let change):
            let families = Set(change.tables.compactMap { tables[$0] })
            guard !change.isOwn, !families.isEmpty else { return }
            logger.notice(
                "another program changes our table",
                metadata: [
                    "program": "\(change.processName ?? "unknown")", "pid": "\(change.processID ?? 0)",
                    "families": "\(families.map(\.description).sorted().joined(separator: ","))",
                ]
            )
            tell(families)
        }
    }

    /// Listens anew after pauses, until it works; false where the process is to end.
    private func reopen(after error: any Error, _ backoff: inout RetryPause) async -> Bool {
        var error = error
        while true {
            let pause = backoff.next()
            logger.error(
                "cannot follow changes of nftables by others, listening anew",
                metadata: ["error": "\(error)", "after": "\(pause)"]
            )
            guard await time.sleepUnlessStopped(pause) else { return false }
            do {
                let monitor = try open()
                try state.withLock { state throws(NetlinkError) in
                    if state.isPaused { try monitor.pause() }
                    state.monitor = monitor
                }
                tell(Set(tables.values))
                return true
            } catch let failure {
                error = failure
            }
        }
    }

    private func tell(_ families: Set<IPFamily>) {
        let now = ContinuousClock.now
        inbox.post { content in
            for family in families where content.foreignChanges[family] == nil { content.foreignChanges[family] = now }
        }
    }

    func pause() {
        do {
            try state.withLock { state throws(NetlinkError) in
                state.isPaused = true
                try state.monitor.pause()
            }
        } catch {
            logger.debug("cannot leave the notification group; the load is slower", metadata: ["error": "\(error)"])
        }
    }

    func resume() {
        do {
            try state.withLock { state throws(NetlinkError) in
                state.isPaused = false
                try state.monitor.resume()
            }
        } catch {
            logger.error(
                "cannot join the notification group; changes by others are found once an hour",
                metadata: ["error": "\(error)"]
            )
        }
    }
}

extension KernelWatch where Monitor == NFTablesMonitor {
    /// Listens to the kernel from now on.
    ///
    /// - Parameter portID: The address of our own connection, whose commits are no news.
    convenience init(
        tableName: String,
        families: [IPFamily],
        portID: UInt32,
        inbox: Inbox,
        logger: Logger
    ) throws(NetlinkError) {
        try self.init(tableName: tableName, families: families, inbox: inbox, logger: logger) {
            () throws(NetlinkError) in try NFTablesMonitor(ownPortIDs: [portID])
        }
    }
}
