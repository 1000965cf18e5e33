import Addressing
import KubernetesAPI
import Logging
import NFTables
import Observability
import ServiceDataplane
import ServiceRouting

/// The sync loop's state and its one step.
///
/// The two families share what they are told and nothing else: each has its own table, its own schedule and its own
/// failures, so that trouble of one does not keep the other from being served.
struct SyncState {
    /// What the loop is to do after a step.
    struct Next {
        /// When to be woken at the latest; nil where an alarm that is set already is early enough.
        var alarm: ContinuousClock.Instant?
        /// Whether every family was brought up to date for the first time.
        var isFirstSync = false
    }

    private struct Family {
        var table: FamilyTable
        var schedule: SyncSchedule
        /// Whether the table has to be read and compared as a whole.
        var needsFull = true
        /// When a change of somebody else was noticed that is not yet put right.
        var foreignChange: ContinuousClock.Instant?
        var hasSynced = false
    }

    /// Changes of more frontends than this are committed without a listener on the notification group.
    private static let quietLoadSize = 512

    private let loop: SyncLoop
    private let outputs: SyncOutputs
    private let logger: Logger
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now
    private var routes: RoutingTable
    private var node: NodeView
    private var families: [Family]
    private var isSynced = false
    private var lastSyncEnd: ContinuousClock.Instant?
    /// Alarms that are set and have not yet rung.
    private var alarms: Set<ContinuousClock.Instant> = []
    /// What follows from changes, until it can be told.
    private var conntrack = ConntrackReconciliation()
    private var healthChecks: [ObjectKey: HealthCheck?] = [:]
    private var failedHealthChecks: [HealthCheckServers.Failure] = []
    private var binding: HealthCheckServers.Binding?

    init(_ loop: SyncLoop) {
        self.loop = loop
        outputs = loop.outputs
        logger = loop.logger
        node = NodeView(configuration: loop.configuration)
        routes = RoutingTable(options: loop.routingOptions, node: node.context)
        families = loop.families.map { family in
            Family(
                table: FamilyTable(
                    configuration: DataplaneConfiguration(loop.configuration, family: family),
                    backend: loop.backend
                ),
                schedule: SyncSchedule(syncPeriod: loop.configuration.syncPeriod)
            )
        }
    }

    private var now: Duration { clock.now - start }
    private var hasSynced: Bool { families.allSatisfy(\.hasSynced) }

    /// Does what is due.
    mutating func step() async -> Next {
        alarms = alarms.filter { $0 > clock.now }
        // Changes wait in the inbox, where those of one object collapse into one, until they may be carried out; what
        // somebody else did to a table does not wait.
        if let lastSyncEnd, lastSyncEnd + loop.configuration.minSyncPeriod > clock.now,
            loop.inbox.peek({ $0.foreignChanges.isEmpty })
        {
            return Next(alarm: arm(lastSyncEnd + loop.configuration.minSyncPeriod))
        }
        let content = loop.inbox.take()
        let began = clock.now
        if content.isSynced, !isSynced {
            isSynced = true
            logger.info("all Services and EndpointSlices are known", metadata: ["objects": "\(content.objects.count)"])
        }
        let diffs = absorb(content).filter { !$0.isEmpty }
        for index in families.indices {
            guard let noticed = content.foreignChanges[families[index].table.family] else { continue }
            families[index].needsFull = true
            families[index].foreignChange = families[index].foreignChange ?? noticed
        }
        guard isSynced else { return Next() }
        let hadSynced = hasSynced
        // What happened before the start is not known, so every UDP frontend's flows are looked at.
        if !hadSynced { conntrack.add(routes) }
        await sync(diffs, began: began)
        let isFirstSync = hasSynced && !hadSynced
        if isFirstSync {
            logger.notice(
                "Services are served",
                metadata: ["frontends": "\(routes.frontends.count)", "after": "\(clock.now - start)"]
            )
        }
        for index in families.indices where families[index].schedule.isCleanupDue(at: now) { await cleanUp(index) }
        let due = families.compactMap(\.schedule.timerDue).min()
        return Next(alarm: due.flatMap { arm(start + $0) }, isFirstSync: isFirstSync)
    }

    private mutating func arm(_ instant: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        if let next = alarms.min(), next <= instant { return nil }
        alarms.insert(instant)
        return instant
    }

    /// Takes what changed into the routing table.
    ///
    /// - Returns: What follows from the node, and then what follows from the objects.
    private mutating func absorb(_ content: Inbox.Content) -> [RoutingDiff] {
        var content = content
        if let network = content.localNetwork { node.network = network }
        let changes = content.objects.take()
        for case .node(let object) in changes { node.object = object }
        outputs.health.setNodeEligible(node.isEligible)
        for index in families.indices where families[index].table.setPodPrefixes(node.podPrefixes) {
            families[index].needsFull = true
        }
        let diffs = [
            routes.update(node: node.context),
            routes.apply(changes.filter { if case .node = $0 { false } else { true } }),
        ]
        for diff in diffs { note(diff) }
        return diffs
    }

    /// Remembers what follows from a diff once it is in the kernel, and counts.
    private mutating func note(_ diff: RoutingDiff) {
        let metrics = outputs.metrics
        metrics.serviceChanges.increment(by: diff.serviceChangeCount)
        metrics.endpointChanges.increment(by: diff.endpointSliceChangeCount)
        metrics.serviceChangesPending.add(Double(diff.serviceChangeCount))
        metrics.endpointChangesPending.add(Double(diff.endpointSliceChangeCount))
        conntrack.add(diff)
        for change in diff.healthChecks { healthChecks[change.service] = .some(change.new) }
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

    // MARK: Syncing

    private mutating func sync(_ diffs: [RoutingDiff], began: ContinuousClock.Instant) async {
        var work: [(index: Int, diffs: [RoutingDiff])] = []
        for index in families.indices {
            if families[index].schedule.isFullSyncDue(at: now) { families[index].needsFull = true }
            let concerned = diffs.filter { families[index].table.concerns($0) }
            guard families[index].needsFull || !concerned.isEmpty else { continue }
            if families[index].schedule.isHeldBack(at: now) {
                // The retry compares everything, and so includes what changed now.
                families[index].needsFull = true
            } else {
                work.append((index, concerned))
            }
        }
        // A step with nothing for the kernel may still have something to tell.
        guard !work.isEmpty else {
            if !diffs.isEmpty, families.allSatisfy({ !$0.needsFull }) { await follow(diffs) }
            return
        }

        let isBulk = !hasSynced || diffs.contains { $0.frontends.count > Self.quietLoadSize }
        let generation = isBulk ? await beginQuietPeriod() : nil
        var commitCount = 0
        for (index, diffs) in work {
            let family = families[index].table.family
            outputs.health.queued([family])
            outputs.metrics.lastQueued[family].set(WallTime.now())
            do {
                let report = try await carryOut(diffs, index)
                commitCount += report.transactionCount
                // Somebody committed while nobody listened.
                if isBulk, report.conflictCount > 0 { tellForeignChange([family]) }
                finish(report, index, duration: clock.now - began)
            } catch {
                families[index].needsFull = true
                outputs.metrics.syncFailures[family].increment()
                let pause = families[index].schedule.failed(at: now)
                logger.error(
                    "cannot bring the table up to date; trying again",
                    metadata: ["family": "\(family)", "after": "\(pause)", "error": "\(error)"]
                )
            }
        }
        if isBulk { await endQuietPeriod(since: generation, commitCount: commitCount) }
        lastSyncEnd = clock.now
        await follow(diffs)
    }

    private mutating func carryOut(_ diffs: [RoutingDiff], _ index: Int) async throws -> FamilyTable.Report {
        if families[index].needsFull { return try await families[index].table.synchronize(with: routes) }
        var whole = FamilyTable.Report()
        for diff in diffs { whole.add(try await families[index].table.apply(diff, of: routes)) }
        return whole
    }

    /// Stops listening for a bulk load: with a listener, the kernel makes a message of each element.
    ///
    /// - Returns: The generation before the first commit of the load; nil where it is not known.
    private func beginQuietPeriod() async -> UInt32? {
        guard let monitor = loop.monitor else { return nil }
        let generation = try? await loop.backend.generation()
        monitor.pause()
        return generation
    }

    /// Listens again, and looks whether somebody else committed while nobody listened.
    private func endQuietPeriod(since generation: UInt32?, commitCount: Int) async {
        guard let monitor = loop.monitor else { return }
        monitor.resume()
        guard let generation, let present = try? await loop.backend.generation() else { return }
        // Of a family that failed it is not known how often it committed, but it will be compared anyway.
        guard families.allSatisfy({ !$0.needsFull }) else { return }
        if present &- generation != UInt32(truncatingIfNeeded: commitCount) { tellForeignChange(loop.families) }
    }

    private func tellForeignChange(_ families: [IPFamily]) {
        loop.inbox.post { content in
            for family in families { content.foreignChanges[family] = content.foreignChanges[family] ?? clock.now }
        }
    }

    private mutating func finish(_ report: FamilyTable.Report, _ index: Int, duration: Duration) {
        let metrics = outputs.metrics
        let planner = families[index].table.planner
        let family = families[index].table.family
        let foreignChange = families[index].foreignChange
        families[index].schedule.succeeded(
            at: now,
            wasFull: report.isFull,
            leavesUnused: planner.hasUnusedObjects
        )
        families[index].needsFull = false
        families[index].foreignChange = nil
        families[index].hasSynced = true
        outputs.health.updated([family])

        metrics.syncDuration[family].observe(duration)
        (report.isFull ? metrics.fullSyncDuration : metrics.partialSyncDuration)[family].observe(duration)
        metrics.commitLatency.observe(duration)
        metrics.lastSync[family].set(WallTime.now())
        metrics.transactions[family].increment(by: report.transactionCount)
        metrics.elementChanges[family].increment(by: report.elementCount)
        metrics.netlinkBytes[family].increment(by: report.byteCount)
        metrics.transactionConflicts[family].increment(by: report.conflictCount)
        metrics.rejectedObjects[family].increment(by: report.refused.count)
        metrics.elements[family].set(planner.state.dispatchCount + planner.state.slotCount)
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
                "elements": "\(report.elementCount)", "duration": "\(duration)", "full": "\(report.isFull)",
            ]
        )
    }

    // MARK: What follows

    /// Tells what follows from rules that are in.
    private mutating func follow(_ diffs: [RoutingDiff]) async {
        let metrics = outputs.metrics
        let synced = Set(families.filter { !$0.needsFull }.map(\.table.family))
        guard !synced.isEmpty else { return }
        if synced.count == families.count {
            metrics.serviceChangesPending.set(0)
            metrics.endpointChangesPending.set(0)
        }
        for family in synced {
            metrics.noLocalEndpoints(.internal, family).set(routes.noLocalEndpoints[.internal, family])
            metrics.noLocalEndpoints(.external, family).set(routes.noLocalEndpoints[.external, family])
            for diff in diffs where diff.frontends.contains(where: { $0.frontend.family == family }) {
                for time in diff.lastChangeTriggerTimes {
                    metrics.networkProgrammingDuration[family].observe(max(.zero, time.duration(to: .now)))
                }
            }
        }
        await updateHealthChecks()
        let work = conntrack.take(synced)
        if !work.isEmpty { outputs.reconcileConntrack(work) }
    }

    private mutating func updateHealthChecks() async {
        let wanted = loop.configuration.nodePortAddresses.healthCheckBinding(selected: node.context.nodePortAddresses)
        guard !healthChecks.isEmpty || !failedHealthChecks.isEmpty || wanted != binding else { return }
        let known = failedHealthChecks
        failedHealthChecks = await outputs.healthChecks.update(healthChecks, binding: wanted)
        binding = wanted
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

    private mutating func cleanUp(_ index: Int) async {
        families[index].schedule.cleanedUp()
        let family = families[index].table.family
        do {
            let report = try await families[index].table.cleanUp()
            outputs.metrics.transactions[family].increment(by: report.transactionCount)
        } catch {
            // What is unused does no harm; the planner forgot it, and the next comparison of everything finds it.
            families[index].needsFull = true
            outputs.metrics.cleanupFailures[family].increment()
            logger.warning("cannot delete unused chains", metadata: ["family": "\(family)", "error": "\(error)"])
        }
    }
}

extension FamilyTable {
    /// Whether a diff says something about this family.
    fileprivate func concerns(_ diff: RoutingDiff) -> Bool {
        diff.frontends.contains { $0.frontend.family == family }
            || [diff.clusterIPs, diff.localEndpointAddresses].contains { difference in
                (difference.added + difference.removed).contains { $0.family == family }
            }
            || (diff.serviceCIDRs.added + diff.serviceCIDRs.removed).contains { $0.family == family }
    }
}
