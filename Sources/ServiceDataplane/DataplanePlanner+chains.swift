import NFTables

extension DataplanePlanner {
    /// Makes a class chain, and those it goes to, unless they exist.
    mutating func ensure(_ chain: ClassChain, in plan: inout DataplanePlan) {
        guard state.classChains[chain] == nil else { return }
        for successor in chain.successors { ensure(successor, in: &plan) }
        state.classChains[chain] = 0
        plan.structure += layout.install(layout.chain(named: chain.name), rules: layout.rules(of: chain))
    }

    /// Makes the sticky maps of a ServicePort, and record chains that write this timeout, unless they are there.
    mutating func ensure(_ service: StickyService, timeout: UInt32, label: String, in plan: inout DataplanePlan) {
        ensureMaps(of: service, label: label, in: &plan)
        guard state.sticky[service]?.timeout != timeout else { return }
        let isNew = state.sticky[service]?.timeout == nil
        for chain in layout.recordChains(of: service, timeout: timeout) {
            if !isNew { plan.structure.append(.flushChain(chain.name, in: table)) }
            plan.structure += layout.install(layout.chain(named: chain.name), rules: chain.rules)
        }
        state.sticky[service]?.timeout = timeout
    }

    private mutating func ensureMaps(of service: StickyService, label: String, in plan: inout DataplanePlan) {
        guard state.sticky[service] == nil else { return }
        state.sticky[service] = StickyState(timeout: nil, users: 0)
        for list in SlotList.allCases {
            plan.structure.append(.addSet(layout.stickyMap(service.map(list), label: label), in: table))
        }
    }

    /// The class chains that no frontend can reach.
    private var unusedChains: [ClassChain] {
        var used: Set<ClassChain> = []
        func reach(_ chain: ClassChain) {
            guard used.insert(chain).inserted else { return }
            chain.successors.forEach(reach)
        }
        for (chain, users) in state.classChains where users > 0 { reach(chain) }
        return state.classChains.keys.filter { !used.contains($0) }
    }

    /// Whether ``planCleanup()`` would find something to delete.
    public var hasUnusedObjects: Bool {
        state.sticky.values.contains { $0.users == 0 } || !unusedChains.isEmpty
    }

    /// Plans the deletion of class chains and sticky maps that nothing refers to any more.
    ///
    /// A transaction of its own, after the one that took the last reference: kernels before 6.2 count a reference that is
    /// deleted in the same transaction and answer EBUSY. Unused chains cost nothing, so the caller need not hurry; a Service
    /// that scales up and down finds its chains still there.
    public mutating func planCleanup() -> DataplanePlan {
        var plan = begin()
        let chains = unusedChains.map { (name: $0.name, chain: $0) }.sorted { $0.name < $1.name }
        for (name, chain) in chains {
            plan.structure.append(.flushChain(name, in: table))
            state.classChains[chain] = nil
        }
        plan.structure += chains.map { .deleteChain($0.name, in: table) }
        for service in state.sticky.filter({ $0.value.users == 0 }).keys.sorted(by: { $0.name < $1.name }) {
            let records = state.sticky[service]?.timeout == nil ? [] : layout.recordChainNames(of: service)
            // The chain that goes to the others comes first, so that each is free of references when it is deleted.
            plan.structure += records.map { .flushChain($0, in: table) }
            plan.structure += records.map { .deleteChain($0, in: table) }
            plan.structure += SlotList.allCases.map { .deleteSet(service.map($0).name, in: table) }
            state.sticky[service] = nil
        }
        return plan
    }
}
