import Addressing

extension RoutingTable {
    /// Evaluates what a batch touched, and says what that changed.
    mutating func settle(_ batch: Batch) -> RoutingDiff {
        var diff = RoutingDiff()
        diff.serviceChangeCount = batch.serviceChangeCount
        diff.endpointSliceChangeCount = batch.endpointSliceChangeCount
        diff.touchedServiceCount = batch.order.count
        diff.frontends.reserveCapacity(batch.order.count)

        // First all claims, then all routes: who holds a frontend is known only when all have spoken.
        let claimants = restake(batch)
        for key in batch.order { evaluate(key, batch, claimants, &diff) }
        handOver(claimants, batch, &diff)
        updateContenders(claimants, &diff)

        diff.clusterIPs = clusterIPCounts.takeDifference()
        diff.serviceCIDRs = serviceCIDRCounts.takeDifference()
        diff.localEndpointAddresses = localAddressCounts.takeDifference()
        diff.healthChecks.sort { $0.service < $1.service }
        diff.lastChangeTriggerTimes.sort()
        diff.noLocalEndpoints = noLocalEndpoints
        return diff
    }

    /// Replaces the claims of the touched Services.
    ///
    /// - Returns: All who ask for a frontend, for the frontends where that changed; the first is to hold it.
    private mutating func restake(_ batch: Batch) -> [Frontend: [Contender]] {
        var claimants: [Frontend: [Contender]] = [:]
        claimants.reserveCapacity(batch.order.count)
        for (key, touch) in batch.orderedTouches where touch.isSpecTouched || batch.areNodePortsStale {
            let spec = services[key]?.spec
            let before = touch.isSpecTouched ? touch.specBefore : spec
            let old = services[key]?.contribution.claims ?? []
            let new = spec?.claims(nodePortAddresses: nodePortAddresses) ?? []
            let isSame =
                old == new && before?.ports == spec?.ports && before?.creationTimestamp == spec?.creationTimestamp
            if isSame { continue }
            for claim in old {
                claimants[claim.frontend, default: knownClaimants(of: claim.frontend)].withdraw(key)
            }
            if let spec {
                for claim in new {
                    let port = spec.ports[Int(claim.portIndex)]
                    let name = ServicePortName(service: key, portName: port.name, protocol: port.protocol)
                    claimants[claim.frontend, default: knownClaimants(of: claim.frontend)]
                        .enter(Contender(name: name, creationTimestamp: spec.creationTimestamp))
                }
            }
            services[key]?.contribution.claims = new
        }
        return claimants
    }

    /// Those who asked for a frontend before this batch.
    private func knownClaimants(of frontend: Frontend) -> [Contender] {
        if let several = contenders[frontend] { return several }
        guard let holder = frontends[frontend]?.service else { return [] }
        let age = services[holder.service]?.spec?.creationTimestamp
        return [Contender(name: holder, creationTimestamp: age)]
    }

    /// Evaluates a touched Service and sets the routes of the frontends that it holds.
    private mutating func evaluate(
        _ key: ObjectKey,
        _ batch: Batch,
        _ claimants: [Frontend: [Contender]],
        _ diff: inout RoutingDiff
    ) {
        guard let entry = services[key] else { return }
        let evaluation = evaluation(of: key, entry)
        var isVisible = false

        for claim in entry.contribution.claims {
            guard let route = evaluation?.route(for: claim) else { continue }
            // Where nobody else asked, now or before, the frontend is this Service's.
            let rivals = claimants[claim.frontend] ?? contenders[claim.frontend]
            if let rivals, rivals.count > 1, rivals.first?.name != route.service { continue }
            if setRoute(route, of: claim.frontend, &diff) { isVisible = true }
        }

        let healthCheck = evaluation?.healthCheck
        if healthChecks[key] != healthCheck {
            diff.healthChecks.append(HealthCheckChange(service: key, old: healthChecks[key], new: healthCheck))
            healthChecks[key] = healthCheck
            isVisible = true
        }

        let old = entry.contribution
        let localAddresses = evaluation?.localAddresses ?? []
        if old.localAddresses != localAddresses {
            localAddressCounts.replace(old.localAddresses, with: localAddresses)
            services[key]?.contribution.localAddresses = localAddresses
        }
        let counts = evaluation?.noLocalEndpoints ?? NoLocalEndpointCounts()
        if old.noLocalEndpoints != counts {
            noLocalEndpoints.replace(old.noLocalEndpoints, with: counts)
            services[key]?.contribution.noLocalEndpoints = counts
        }

        if let touch = batch.touches[key] {
            if touch.isSpecTouched { index(key, spec: entry.spec, before: touch.specBefore) }
            if isVisible { diff.lastChangeTriggerTimes += touch.triggerTimes }
        }
        zoneHintServices.set(key, isMember: entry.spec != nil && entry.hasZoneHints)
        if entry.isEmpty { services[key] = nil }
    }

    /// Keeps what follows from a Service object alone.
    private mutating func index(_ key: ObjectKey, spec: ServiceSpec?, before: ServiceSpec?) {
        let (old, new) = (before?.clusterIPs ?? [], spec?.clusterIPs ?? [])
        if old != new { clusterIPCounts.replace(old, with: new) }
        nodePortServices.set(key, isMember: spec?.hasNodePorts ?? false)
        sourceRangeServices.set(key, isMember: spec.map { !$0.sourceRanges.isOpen } ?? false)
    }

    /// Sets the routes of frontends whose claimants changed and whose holder now is nobody, or a Service that was
    /// not touched.
    private mutating func handOver(
        _ claimants: [Frontend: [Contender]],
        _ batch: Batch,
        _ diff: inout RoutingDiff
    ) {
        let open = claimants.filter { entry in
            guard let holder = entry.value.first else { return true }
            return batch.touches[holder.name.service] == nil && frontends[entry.key]?.service != holder.name
        }
        var evaluations: [ObjectKey: ServiceEvaluation] = [:]
        for frontend in open.keys.sorted() {
            guard let holder = open[frontend]?.first?.name else {
                setRoute(nil, of: frontend, &diff)
                continue
            }
            guard let entry = services[holder.service], let spec = entry.spec else { continue }
            guard
                let evaluation = evaluations[holder.service] ?? evaluation(of: holder.service, entry),
                let claim = entry.contribution.claims.first(where: { claim in
                    claim.frontend == frontend && spec.ports[Int(claim.portIndex)].name == holder.portName
                })
            else { continue }
            evaluations[holder.service] = evaluation
            setRoute(evaluation.route(for: claim), of: frontend, &diff)
        }
        diff.touchedServiceCount += evaluations.count
    }

    private func evaluation(of key: ObjectKey, _ entry: ServiceEntry) -> ServiceEvaluation? {
        entry.spec.map { ServiceEvaluation(service: key, spec: $0, slices: entry.slices, node: node) }
    }

    /// Sets a route and records the change; false if there was none.
    @discardableResult
    private mutating func setRoute(_ new: Route?, of frontend: Frontend, _ diff: inout RoutingDiff) -> Bool {
        let old = frontends[frontend]
        guard old != new else { return false }
        frontends[frontend] = new
        diff.frontends.append(FrontendChange(frontend: frontend, old: old, new: new))
        return true
    }

    /// Remembers who asks for the frontends where that changed, as long as there are several.
    private mutating func updateContenders(_ claimants: [Frontend: [Contender]], _ diff: inout RoutingDiff) {
        for (frontend, new) in claimants {
            let old = contenders[frontend] ?? []
            guard old.count > 1 || new.count > 1 else { continue }
            let (before, after) = (old.conflicts(over: frontend), new.conflicts(over: frontend))
            diff.conflicts.added += after.filter { !before.contains($0) }
            diff.conflicts.removed += before.filter { !after.contains($0) }
            contenders[frontend] = new.count > 1 ? new : nil
        }
        diff.conflicts.added.sort()
        diff.conflicts.removed.sort()
    }
}

extension Set {
    /// Adds or removes `element`.
    fileprivate mutating func set(_ element: Element, isMember: Bool) {
        if isMember { insert(element) } else { remove(element) }
    }
}
