import Addressing
import KubernetesAPI
import Logging
import NFTables
import Observability
import ServiceDataplane
import ServiceLifecycle
import ServiceRouting

/// The proxy's one writer: takes what changed out of the inbox, and brings both families' tables up to date.
///
/// Everything happens in one task, one step after the other, so nothing here needs a lock. What follows from a sync comes
/// after the commit; what may take its time (connection tracking, events, taking over from kube-proxy) is only handed on.
struct SyncLoop: ServiceLifecycle.Service, CustomStringConvertible {
    let configuration: ProxyConfiguration
    let routingOptions: RoutingOptions
    let families: [IPFamily]
    let backend: any NFTablesBackend
    let inbox: Inbox
    /// Leaves and joins the notification group: while a listener is there, the kernel makes a message of each element.
    let monitor: (any MonitorControl)?
    let outputs: SyncOutputs
    let logger: Logger

    let description = "sync loop"

    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                var sync = SyncState(self)
                while await inbox.wait() {
                    guard !Task.isCancelled, !Task.isShuttingDownGracefully else { break }
                    let next = await sync.step()
                    if let alarm = next.alarm {
                        // An alarm that is too early is harmless: the loop looks at the clock again.
                        group.addTask {
                            try? await Task.sleep(until: alarm, clock: .continuous)
                            inbox.wake()
                        }
                    }
                    if next.isFirstSync { group.addTask { await outputs.firstSync() } }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            inbox.wake()
        }
    }
}

/// What follows from a sync.
struct SyncOutputs: Sendable {
    let metrics: ProxyMetrics
    let health: HealthState
    let healthChecks: HealthCheckServers
    let events: any EventRecorder
    /// Told what to look for in the connection-tracking table, after the rules are in.
    let reconcileConntrack: @Sendable (ConntrackReconciliation) -> Void
    /// Called once, after the first sync of all families.
    let firstSync: @Sendable () async -> Void
    let nodeName: String
}

/// Pauses the nftables monitor during bulk loads.
protocol MonitorControl: Sendable {
    func pause()
    func resume()
}
