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
/// Everything happens in one task, one step after the other, so nothing here needs a lock. What follows from a sync and may
/// take its time (health checks, connection tracking, events) is handed on after the commit.
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
                var sync = Sync(self)
                while await inbox.wait() {
                    guard !Task.isCancelled, !Task.isShuttingDownGracefully else { break }
                    if let due = await sync.step() {
                        // An alarm that is too early is harmless: the loop looks at the clock again.
                        group.addTask {
                            try? await Task.sleep(until: due, clock: .continuous)
                            inbox.wake()
                        }
                    }
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

/// The loop's state and its one step.
private struct Sync {
    /// Changes of more frontends than this are committed without a listener on the notification group.
    private static let quietLoadSize = 512

    private let loop: SyncLoop
    private let outputs: SyncOutputs
    private let logger: Logger
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now
    private var routes: RoutingTable
    private var node: NodeView
    private var tables: [FamilyTable]
    private var schedule: SyncSchedule
    /// Families whose table has to be read and compared as a whole.
    private var needsFull: Set<IPFamily>
    private var isSynced = false
    private var hasSynced = false
    private var alarm: ContinuousClock.Instant?
    /// Changes of flows and health checks since the last sync that succeeded.
    private var conntrack = ConntrackReconciliation()
    private var healthChecks: [HealthCheckServers.ServiceName: HealthCheckServers.Check?] = [:]
    private var failedHealthChecks: [HealthCheckServers.Failure] = []
    private var healthCheckBinding: HealthCheckServers.Binding?

    init(_ loop: SyncLoop) {
        self.loop = loop
        outputs = loop.outputs
        logger = loop.logger
        node = NodeView(configuration: loop.configuration)
        routes = RoutingTable(options: loop.routingOptions, node: node.context)
        tables = loop.families.map { family in
            FamilyTable(
                configuration: DataplaneConfiguration(loop.configuration, family: family),
                backend: loop.backend
            )
        }
        needsFull = Set(loop.families)
        schedule = SyncSchedule(
            minSyncPeriod: loop.configuration.minSyncPeriod,
            syncPeriod: loop.configuration.syncPeriod
        )
    }

    private var now: Duration { clock.now - start }

    /// Does what is due.
    ///
    /// - Returns: When to be woken at the latest; nil where an alarm that is set already is early enough.
    mutating func step() async -> ContinuousClock.Instant? {
        let due = schedule.changesDue(at: now)
        // Changes wait in the inbox, where those of one object collapse into one, until they may be carried out.
        if due > now { return arm(start + due) }
        let content = loop.inbox.take()
        let began = clock.now
        if content.isSynced, !isSynced {
            isSynced = true
            logger.info("all Services and EndpointSlices are known", metadata: ["objects": "\(content.objects.count)"])
        }
        let diff = absorb(content)
        guard isSynced else { return nil }

        for (family, _) in content.foreignChanges where loop.families.contains(family) { needsFull.insert(family) }
        if schedule.isFullSyncDue(at: now) { needsFull.formUnion(loop.families) }
        if schedule.isHeldBack(at: now), content.foreignChanges.isEmpty {
            // The retry compares everything, and so includes what changed now.
            if !diff.isEmpty { needsFull.formUnion(loop.families) }
        } else if !diff.isEmpty || !needsFull.isEmpty {
            await sync(diff, began: began, foreignChanges: content.foreignChanges)
        } else if healthCheckBindingWanted != healthCheckBinding {
            await updateHealthChecks()
        }
        if schedule.isCleanupDue(at: now) { await cleanUp() }
        return schedule.timerDue.flatMap { arm(start + $0) }
    }

    private mutating func arm(_ instant: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        if let alarm, alarm > clock.now, alarm <= instant { return nil }
        alarm = instant
        return instant
    }

    /// Takes what changed into the routing table.
    private mutating func absorb(_ content: Inbox.Content) -> RoutingDiff {
        var content = content
        if let network = content.localNetwork { node.network = network }
        let changes = content.objects.take()
        for case .node(let object) in changes { node.object = object }
        outputs.health.setNodeEligible(node.isEligible)
        for index in tables.indices where tables[index].setPodPrefixes(node.podPrefixes) {
            needsFull.insert(tables[index].family)
        }
        // The node first: what the objects need of it is then evaluated once.
        var diffs = [routes.update(node: node.context)]
        diffs.append(routes.apply(changes.filter { if case .node = $0 { false } else { true } }))
        for diff in diffs { note(diff) }
        guard diffs[0].isEmpty else {
            // Both changed. This is rare, so the difference is found by comparing everything.
            if !diffs[1].isEmpty { needsFull.formUnion(loop.families) }
            return diffs[1].isEmpty ? diffs[0] : diffs[1]
        }
        return diffs[1]
    }

    /// Remembers what follows from a diff once it is in the kernel, and counts.
    private mutating func note(_ diff: RoutingDiff) {
        let metrics = outputs.metrics
        metrics.serviceChanges.increment(by: diff.serviceChangeCount)
        metrics.endpointChanges.increment(by: diff.endpointSliceChangeCount)
        metrics.serviceChangesPending.add(Double(diff.serviceChangeCount))
        metrics.endpointChangesPending.add(Double(diff.endpointSliceChangeCount))
        conntrack.add(diff)
        for change in diff.healthChecks {
            let name = HealthCheckServers.ServiceName(namespace: change.service.namespace, name: change.service.name)
            healthChecks[name] = .some(
                change.new.map {
                    HealthCheckServers.Check(port: $0.port, localEndpointCount: $0.localReadyEndpointCount)
                }
            )
        }
        for conflict in diff.conflicts.added {
            logger.warning("two Services claim one address and port", metadata: ["conflict": "\(conflict)"])
            outputs.events.record(
                .frontendConflict(
                    nodeName: outputs.nodeName,
                    frontend: "\(conflict.frontend)",
                    loser: .service(namespace: conflict.loser.namespace, name: conflict.loser.service.name),
                    winner: "\(conflict.winner.service)"
                )
            )
        }
        metrics.frontendConflicts.add(Double(diff.conflicts.added.count - diff.conflicts.removed.count))
    }

    private mutating func sync(
        _ diff: RoutingDiff,
        began: ContinuousClock.Instant,
        foreignChanges: [IPFamily: ContinuousClock.Instant]
    ) async {
        let metrics = outputs.metrics
        let queued = WallTime.now()
        var failed = false
        let isBulk = !hasSynced || diff.frontends.count > Self.quietLoadSize
        let isFull = needsFull.isSuperset(of: loop.families)
        if isBulk { loop.monitor?.pause() }
        for index in tables.indices {
            let family = tables[index].family
            let isFull = needsFull.contains(family)
            guard isFull || tables[index].concerns(diff) else { continue }
            outputs.health.queued([family])
            metrics.lastQueued[family].set(queued)
            do {
                let report =
                    isFull
                    ? try await tables[index].synchronize(with: routes)
                    : try await tables[index].apply(diff, of: routes)
                needsFull.remove(family)
                metrics.elements[family].set(
                    tables[index].planner.state.dispatchCount + tables[index].planner.state.slotCount
                )
                finish(report, family: family, duration: clock.now - began, foreignChange: foreignChanges[family])
            } catch {
                needsFull.insert(family)
                failed = true
                metrics.syncFailures[family].increment()
                logger.error(
                    "cannot bring the table up to date",
                    metadata: ["family": "\(family)", "error": "\(error)"]
                )
            }
        }
        if isBulk { await endQuietPeriod() }
        guard !failed else {
            let pause = schedule.failed(at: now)
            logger.notice("trying again", metadata: ["after": "\(pause)"])
            return
        }
        schedule.succeeded(at: now, wasFull: isFull, leavesUnused: tables.contains { $0.planner.hasUnusedObjects })
        await follow(diff)
    }

    /// Listens again, and looks whether somebody else committed while nobody listened.
    private mutating func endQuietPeriod() async {
        guard let monitor = loop.monitor else { return }
        monitor.resume()
        let last = tables.compactMap(\.generation).max()
        guard let present = try? await loop.backend.generation(), present != last else { return }
        loop.inbox.post { content in
            for family in loop.families { content.foreignChanges[family] = content.foreignChanges[family] ?? clock.now }
        }
    }

    private func finish(
        _ report: FamilyTable.Report,
        family: IPFamily,
        duration: Duration,
        foreignChange: ContinuousClock.Instant?
    ) {
        let metrics = outputs.metrics
        metrics.syncDuration[family].observe(duration)
        (report.isFull ? metrics.fullSyncDuration : metrics.partialSyncDuration)[family].observe(duration)
        metrics.commitLatency.observe(duration)
        metrics.lastSync[family].set(WallTime.now())
        metrics.transactions[family].increment(by: report.transactionCount)
        metrics.elementChanges[family].increment(by: report.elementCount)
        metrics.netlinkBytes[family].increment(by: report.byteCount)
        metrics.transactionConflicts[family].increment(by: report.conflictCount)
        metrics.rejectedObjects[family].increment(by: report.refused.count)
        for refusal in report.refused {
            logger.error(
                "the kernel refused a frontend; the others are served",
                metadata: ["frontend": "\(refusal.frontend)", "reason": "\(refusal.reason)"]
            )
        }
        if let foreignChange, report.transactionCount > 0 {
            metrics.repairs[family].increment()
            metrics.repairDuration[family].observe(clock.now - foreignChange)
            logger.warning(
                "another program changed our table; it is as it should be again",
                metadata: ["family": "\(family)", "elements": "\(report.elementCount)", "duration": "\(duration)"]
            )
        }
        logger.debug(
            "table is up to date",
            metadata: [
                "family": "\(family)", "transactions": "\(report.transactionCount)",
                "elements": "\(report.elementCount)",
                "duration": "\(duration)", "full": "\(report.isFull)",
            ]
        )
    }

    /// What follows from rules that are in.
    private mutating func follow(_ diff: RoutingDiff) async {
        let metrics = outputs.metrics
        outputs.health.updated(loop.families)
        metrics.serviceChangesPending.set(0)
        metrics.endpointChangesPending.set(0)
        for family in loop.families {
            metrics.noLocalEndpoints(.internal, family).set(diff.noLocalEndpoints[.internal, family])
            metrics.noLocalEndpoints(.external, family).set(diff.noLocalEndpoints[.external, family])
            for time in diff.lastChangeTriggerTimes {
                metrics.networkProgrammingDuration[family].observe(max(.zero, time.duration(to: .now)))
            }
        }
        await updateHealthChecks()
        if !hasSynced { conntrack.add(routes) }
        if !conntrack.isEmpty { outputs.reconcileConntrack(conntrack) }
        conntrack = ConntrackReconciliation()
        if !hasSynced {
            hasSynced = true
            logger.notice(
                "Services are served",
                metadata: ["frontends": "\(routes.frontends.count)", "after": "\(clock.now - start)"]
            )
            await outputs.firstSync()
        }
    }

    /// Where the health-check servers are to listen.
    private var healthCheckBindingWanted: HealthCheckServers.Binding {
        loop.configuration.nodePortAddresses.healthCheckBinding(selected: node.context.nodePortAddresses)
    }

    /// Tells the health-check servers what changed, and lets them try again what failed.
    private mutating func updateHealthChecks() async {
        let binding = healthCheckBindingWanted
        guard !healthChecks.isEmpty || !failedHealthChecks.isEmpty || binding != healthCheckBinding else { return }
        healthCheckBinding = binding
        let known = failedHealthChecks
        failedHealthChecks = await outputs.healthChecks.update(healthChecks, binding: binding)
        healthChecks = [:]
        for failure in failedHealthChecks {
            if !known.contains(failure) {
                logger.error(
                    "cannot serve a health check; it is tried again with the next change",
                    metadata: ["service": "\(failure.service)", "error": "\(failure.error)"]
                )
            }
            outputs.events.record(.failedToStartServiceHealthcheck(nodeName: outputs.nodeName, failure))
        }
    }

    private mutating func cleanUp() async {
        schedule.cleanedUp()
        for index in tables.indices {
            do {
                let report = try await tables[index].cleanUp()
                outputs.metrics.transactions[tables[index].family].increment(by: report.transactionCount)
            } catch {
                // What is unused does no harm; the planner forgets it, and the next comparison of everything finds it.
                needsFull.insert(tables[index].family)
                outputs.metrics.cleanupFailures[tables[index].family].increment()
                logger.warning("cannot delete unused chains", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension FamilyTable {
    /// Whether a diff says something about this family.
    fileprivate func concerns(_ diff: RoutingDiff) -> Bool {
        diff.frontends.contains { $0.frontend.family == family }
            || [
                diff.clusterIPs.added, diff.clusterIPs.removed, diff.localEndpointAddresses.added,
                diff.localEndpointAddresses.removed,
            ]
            .contains { $0.contains { $0.family == family } }
            || [diff.serviceCIDRs.added, diff.serviceCIDRs.removed].contains { $0.contains { $0.family == family } }
    }
}
