import Addressing
import Logging
import NFTables
import Netlink
import ServiceLifecycle

/// Notices when somebody else changes our tables, and tells the sync loop to put them right.
struct KernelWatch: ServiceLifecycle.Service, MonitorControl, CustomStringConvertible {
    private let tables: [TableID: IPFamily]
    private let monitor: NFTablesMonitor
    private let inbox: Inbox
    private let logger: Logger

    let description = "nftables monitor"

    /// Listens from now on.
    ///
    /// - Parameter portID: The address of our own connection, whose commits are no news.
    init(tableName: String, families: [IPFamily], portID: UInt32, inbox: Inbox, logger: Logger) throws(NetlinkError) {
        tables = Dictionary(
            uniqueKeysWithValues: families.map { (TableID(family: TableFamily($0), name: tableName), $0) }
        )
        monitor = try NFTablesMonitor(ownPortIDs: [portID])
        self.inbox = inbox
        self.logger = logger
    }

    func run() async throws {
        for try await event in monitor.cancelOnGracefulShutdown() {
            switch event {
            case .overrun:
                tell(Set(tables.values))
            case .changed(let change):
                let families = Set(change.tables.compactMap { tables[$0] })
                guard !change.isOwn, !families.isEmpty else { continue }
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
    }

    private func tell(_ families: Set<IPFamily>) {
        let now = ContinuousClock.now
        inbox.post { content in
            for family in families where content.foreignChanges[family] == nil { content.foreignChanges[family] = now }
        }
    }

    func pause() {
        do {
            try monitor.pause()
        } catch {
            logger.debug("cannot leave the notification group; the load is slower", metadata: ["error": "\(error)"])
        }
    }

    func resume() {
        do {
            try monitor.resume()
        } catch {
            logger.error(
                "cannot join the notification group; changes by others are found once an hour",
                metadata: ["error": "\(error)"]
            )
        }
    }
}
