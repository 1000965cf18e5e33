public import Addressing
public import NFTables
public import ServiceRouting

/// Turns routing changes of one address family into what has to change in its nftables table.
///
/// A pure value: it knows what the table holds (``state``) and plans as if each plan will be committed. Where a commit fails,
/// or somebody else writes to the table, the owner gives it a fresh dump with ``adopt(_:)`` and lets it plan the difference to
/// the whole routing table with ``reconcile(with:)``. Both paths share one function that moves one frontend from what it has
/// to what it should have, so what a restart, a repair and a change do cannot drift apart.
public struct DataplanePlanner: Sendable {
    /// Names, marks and family.
    public let configuration: DataplaneConfiguration
    /// What the table holds once every plan made so far is committed.
    public internal(set) var state = DataplaneState()
    /// Frontends that the kernel refused; they are planned as absent until they change or are released.
    public private(set) var quarantined: Set<Frontend> = []

    let layout: DataplaneLayout
    /// What the last adoption found missing or foreign; part of the next plan.
    var pendingStructure: [Transaction.Operation] = []
    /// Whether the next plan makes the table.
    var creation = Creation.none
    /// Set by ``replaceTable()``.
    var mustReplaceTable = false

    /// Whether a plan has to make the table.
    enum Creation: Sendable {
        /// It is there.
        case none
        /// It is not.
        case create
        /// One is there that cannot be adopted.
        case replace
    }

    /// A planner for a table that does not exist yet, as far as it knows.
    public init(configuration: DataplaneConfiguration) {
        self.configuration = configuration
        layout = DataplaneLayout(configuration: configuration)
        adopt(nil)
    }

    /// Family and name of the table.
    public var table: TableID { layout.table }

    /// Plans a change of the routing table; parts of it that are of the other family are left out.
    public mutating func plan(_ diff: RoutingDiff) -> DataplanePlan {
        var plan = begin()
        for change in diff.frontends where change.frontend.address.family == configuration.family {
            quarantined.remove(change.frontend)
            move(change.frontend, to: change.new, in: &plan)
        }
        plan.publish.cut()
        for address in diff.clusterIPs.removed where isOurs(address) { removeClusterIP(address, in: &plan) }
        for address in diff.clusterIPs.added where isOurs(address) { addClusterIP(address, in: &plan) }
        for address in diff.localEndpointAddresses.removed where isOurs(address) { removeHairpin(address, in: &plan) }
        for address in diff.localEndpointAddresses.added where isOurs(address) { addHairpin(address, in: &plan) }
        if !diff.serviceCIDRs.added.isEmpty || !diff.serviceCIDRs.removed.isEmpty {
            let removed = Set(diff.serviceCIDRs.removed)
            serviceCIDRs = Set(serviceCIDRs.filter { !removed.contains($0) }).union(diff.serviceCIDRs.added)
            setIntervals(.serviceCIDRs, to: Array(serviceCIDRs), in: &plan)
        }
        finish(&plan)
        return plan
    }

    /// The ServiceCIDRs of both families as last told; nested ones are dropped only where they reach the kernel.
    private var serviceCIDRs: Set<IPPrefix> = []

    /// Plans the difference between what the table holds and a whole routing table: at start, and after a dump.
    public mutating func reconcile(with routes: RoutingTable) -> DataplanePlan {
        reconcile(
            frontends: routes.frontends,
            clusterIPs: Set(routes.clusterIPs),
            hairpins: Set(routes.localEndpointAddresses),
            serviceCIDRs: Set(routes.serviceCIDRs)
        )
    }

    mutating func reconcile(
        frontends: [Frontend: Route],
        clusterIPs: Set<IPAddress> = [],
        hairpins: Set<IPAddress> = [],
        serviceCIDRs: Set<IPPrefix> = []
    ) -> DataplanePlan {
        var plan = begin()
        state.frontends.reserveCapacity(frontends.count)
        for (frontend, route) in frontends where frontend.address.family == configuration.family {
            move(frontend, to: route, in: &plan)
        }
        for frontend in state.frontends.keys where frontends[frontend] == nil { move(frontend, to: nil, in: &plan) }
        let clusterIPs = clusterIPs.filter(isOurs)
        for address in state.clusterIPs.subtracting(clusterIPs) { removeClusterIP(address, in: &plan) }
        for address in clusterIPs.subtracting(state.clusterIPs) { addClusterIP(address, in: &plan) }
        let hairpins = hairpins.filter(isOurs)
        for address in state.hairpins.subtracting(hairpins) { removeHairpin(address, in: &plan) }
        for address in hairpins.subtracting(state.hairpins) { addHairpin(address, in: &plan) }
        self.serviceCIDRs = serviceCIDRs
        setIntervals(.serviceCIDRs, to: Array(self.serviceCIDRs), in: &plan)
        setIntervals(.podPrefixes, to: podPrefixes, in: &plan)
        finish(&plan)
        return plan
    }

    /// The prefixes that pods' addresses come from; what the next plan writes. Those of the other family are left out.
    public var podPrefixes: [IPPrefix] = []

    /// Leaves a frontend out of the table until its route changes or it is released.
    public mutating func quarantine(_ frontend: Frontend) { quarantined.insert(frontend) }

    /// Lets every quarantined frontend be tried again by the next ``reconcile(with:)``.
    public mutating func releaseQuarantine() { quarantined = [] }

    private func isOurs(_ address: IPAddress) -> Bool { address.family == configuration.family }

    /// Gives up the table: the next adoption replaces it, with room for what it has to hold.
    public mutating func replaceTable() { mustReplaceTable = true }

    mutating func begin() -> DataplanePlan {
        var plan = DataplanePlan(table: table)
        plan.structure = pendingStructure
        plan.initialDispatchCount = state.dispatchCount
        plan.initialSlotCount = state.slotCount
        pendingStructure = []
        return plan
    }

    /// Puts the table's creation before everything else, or the larger sizes that its maps need.
    mutating func finish(_ plan: inout DataplanePlan) {
        for service in plan.touchedSticky where state.sticky[service]?.users == 0 {
            plan.flushedMaps.formUnion(RecordChain.bySource(service).maps)
        }
        // While a plan is carried out, what it adds and what it will delete are there together.
        let frontends = plan.initialDispatchCount + plan.addedDispatchCount
        let endpoints = plan.initialSlotCount + plan.addedSlotCount
        switch creation {
        case .none:
            let raised = state.capacities.raised(forFrontends: frontends, endpoints: endpoints)
            guard raised != state.capacities else { return }
            let sets = layout.sets.filter { state.capacities.sized($0) != raised.sized($0) }
            plan.growth = sets.map { .addSet(raised.sized($0), in: table) }
            state.capacities = raised
        case .create, .replace:
            state.capacities = SetCapacities(forFrontends: frontends, endpoints: endpoints)
            let removal: [Transaction.Operation] = creation == .replace ? [.deleteTable(table)] : []
            plan.structure = removal + layout.creation(state.capacities) + plan.structure
            plan.isIndivisible = creation == .replace
            creation = .none
        }
    }
}

// MARK: One frontend

extension DataplanePlanner {
    /// Moves one frontend from what it has to what its route asks for.
    private mutating func move(_ frontend: Frontend, to route: Route?, in plan: inout DataplanePlan) {
        let old = state.frontends[frontend] ?? FrontendProgram()
        let wanted = quarantined.contains(frontend) ? nil : route
        var new = wanted.map { FrontendProgram($0, configuration: configuration) } ?? FrontendProgram()
        // Before the comparison: a timeout is no part of a frontend's program, but of its ServicePort's record chains.
        if let record = new.recordChain, let timeout = wanted?.affinityTimeout?.components.seconds {
            ensure(record.service, timeout: UInt32(clamping: timeout), label: new.label, in: &plan)
        }
        if old == new { return }
        for list in SlotList.allCases {
            let arrangement = SlotArrangement(old[list], for: new[list])
            new[list] = arrangement.slots
            writeSlots(arrangement, over: old[list], list: list, of: frontend, in: &plan)
            // Where the affinity stays, nobody may be led to an endpoint that left. Where it ends, the maps are emptied.
            if let record = old.recordChain, record.service == new.recordChain?.service {
                for endpoint in arrangement.departed {
                    plan.stickyPurges.insert(StickyPurge(map: record.map(of: list), endpoint: endpoint))
                }
            }
        }
        noteAffinity(from: old.recordChain, to: new.recordChain, in: &plan)
        if let chain = new.dispatch { ensure(chain, in: &plan) }
        publish(frontend, from: old, to: new, in: &plan)
        plan.prepare.cut()
        plan.publish.cut()
        plan.retire.cut()

        let dispatchDelta = (new.dispatch == nil ? 0 : 1) - (old.dispatch == nil ? 0 : 1)
        plan.addedDispatchCount += max(0, dispatchDelta)
        plan.addedSlotCount += max(0, new.slots.count - old.slots.count)
        state.dispatchCount += dispatchDelta
        state.slotCount += new.slots.count - old.slots.count
        if let chain = old.dispatch { state.classChains[chain]? -= 1 }
        if let chain = new.dispatch { state.classChains[chain, default: 0] += 1 }
        if let record = old.recordChain { state.sticky[record.service]?.users -= 1 }
        if let record = new.recordChain { state.sticky[record.service]?.users += 1 }
        state.frontends[frontend] = new == FrontendProgram() ? nil : new
    }

    /// Empties maps that begin or cease to be used: while nobody records into a map, nothing is purged from it either.
    private func noteAffinity(from old: RecordChain?, to new: RecordChain?, in plan: inout DataplanePlan) {
        guard old != new else { return }
        if let old { plan.touchedSticky.insert(old.service) }
        guard let old, let new, old.service == new.service else { return }
        plan.flushedMaps.formUnion(new.maps.subtracting(old.maps))
    }

    private func writeSlots(
        _ arrangement: SlotArrangement,
        over old: [Backend],
        list: SlotList,
        of frontend: Frontend,
        in plan: inout DataplanePlan
    ) {
        for slot in arrangement.rewritten {
            plan.prepare.append(.delete(.endpoint(list, frontend, slot: slot, old[slot])))
            plan.prepare.append(.add(.endpoint(list, frontend, slot: slot, arrangement.slots[slot])))
        }
        for slot in arrangement.slots.indices.dropFirst(old.count) {
            plan.prepare.append(.add(.endpoint(list, frontend, slot: slot, arrangement.slots[slot])))
        }
        for slot in old.indices.dropFirst(arrangement.slots.count) {
            plan.retire.append(.delete(.endpoint(list, frontend, slot: slot, old[slot])))
        }
    }

    private func publish(
        _ frontend: Frontend,
        from old: FrontendProgram,
        to new: FrontendProgram,
        in plan: inout DataplanePlan
    ) {
        func replace(_ before: DataplaneElement?, _ after: DataplaneElement?) {
            guard before != after else { return }
            if let before { plan.publish.append(.delete(before)) }
            if let after { plan.publish.append(.add(after)) }
        }
        if old.allowedSources != new.allowedSources {
            let before = Set(old.allowedSources)
            let after = Set(new.allowedSources)
            for range in before.subtracting(after) { replace(.allowedSource(frontend, range), nil) }
            for range in after.subtracting(before) { replace(nil, .allowedSource(frontend, range)) }
        }
        replace(old.isFiltered ? .filtered(frontend) : nil, new.isFiltered ? .filtered(frontend) : nil)
        replace(
            old.recordChain.map { .record(frontend, $0) },
            new.recordChain.map { .record(frontend, $0) }
        )
        replace(
            old.dispatch.map { .frontend(frontend, $0, label: old.label) },
            new.dispatch.map { .frontend(frontend, $0, label: new.label) }
        )
        replace(
            old.unserved.map { .unserved(frontend, $0, label: old.label) },
            new.unserved.map { .unserved(frontend, $0, label: new.label) }
        )
    }
}

// MARK: Sets of addresses

extension DataplanePlanner {
    private mutating func addClusterIP(_ address: IPAddress, in plan: inout DataplanePlan) {
        guard state.clusterIPs.insert(address).inserted else { return }
        plan.publish.append(.add(.clusterIP(address)))
        plan.publish.cut()
    }

    private mutating func removeClusterIP(_ address: IPAddress, in plan: inout DataplanePlan) {
        guard state.clusterIPs.remove(address) != nil else { return }
        plan.publish.append(.delete(.clusterIP(address)))
        plan.publish.cut()
    }

    private mutating func addHairpin(_ address: IPAddress, in plan: inout DataplanePlan) {
        guard state.hairpins.insert(address).inserted else { return }
        plan.publish.append(.add(.hairpin(address)))
        plan.publish.cut()
    }

    private mutating func removeHairpin(_ address: IPAddress, in plan: inout DataplanePlan) {
        guard state.hairpins.remove(address) != nil else { return }
        plan.publish.append(.delete(.hairpin(address)))
        plan.publish.cut()
    }

    /// Makes an interval set hold exactly these prefixes. It holds a handful, so it is written whole.
    private mutating func setIntervals(_ set: IntervalSet, to prefixes: [IPPrefix], in plan: inout DataplanePlan) {
        let wanted = IPPrefix.withoutNested(prefixes.filter { $0.family == configuration.family })
        guard wanted != state[keyPath: set.path] else { return }
        if !state[keyPath: set.path].isEmpty { plan.structure.append(.flushSet(set.name, in: table)) }
        if !wanted.isEmpty {
            plan.structure.append(.addElements(wanted.flatMap { Element.interval($0) }, set: set.name, in: table))
        }
        state[keyPath: set.path] = wanted
    }
}
