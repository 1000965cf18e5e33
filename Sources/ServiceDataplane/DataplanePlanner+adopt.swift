import Addressing
public import NFTables
import ServiceRouting

extension DataplanePlanner {
    /// Takes what a dump of the table says for what the table holds: at start, after a failed transaction, and after somebody
    /// else wrote to it. What is missing from the fixed parts, and what is foreign, is put right by the next plan.
    ///
    /// - Parameter snapshot: The table, with the elements of all sets but the sticky maps; nil where there is no such table.
    public mutating func adopt(_ snapshot: Snapshot?) {
        state = DataplaneState()
        pendingStructure = []
        creation = .none
        defer { mustReplaceTable = false }
        guard let snapshot else {
            creation = .create
            return
        }
        guard layout.isCompatible(with: snapshot), !mustReplaceTable else {
            creation = .replace
            return
        }
        state.capacities = SetCapacities(snapshot.sets)
        adoptSets(snapshot)
        adoptBaseChains(snapshot)
        adoptSticky(snapshot)
        adoptClassChains(snapshot)
        adoptElements(snapshot)
        removeForeignObjects(snapshot)
    }

    private mutating func adoptSets(_ snapshot: Snapshot) {
        for set in layout.sets where snapshot.sets[set.name] == nil {
            // Without a size: how much it will hold is not known yet.
            pendingStructure.append(.addSet(set, in: table))
        }
        for set in IntervalSet.allCases {
            let elements = snapshot.elements[set.name] ?? []
            if let prefixes = IntervalSet.prefixes(of: elements, family: configuration.family) {
                state[keyPath: set.path] = prefixes
            } else {
                pendingStructure.append(.flushSet(set.name, in: table))
            }
        }
    }

    private mutating func adoptBaseChains(_ snapshot: Snapshot) {
        // All chains before any rule: rules of one go to another.
        for chain in layout.baseChains where snapshot.chains[chain.chain.name] == nil {
            pendingStructure.append(.addChain(chain.chain, in: table))
        }
        for chain in layout.baseChains { restoreRules(chain.rules, of: chain.chain.name, in: snapshot) }
    }

    /// Makes a chain's rules what they should be; says nothing where they are.
    private mutating func restoreRules(_ rules: [Rule], of chain: String, in snapshot: Snapshot) {
        let present = snapshot.rules[chain] ?? []
        guard present.map(\.rule) != rules else { return }
        if !present.isEmpty { pendingStructure.append(.flushChain(chain, in: table)) }
        pendingStructure += rules.map { .addRule($0, chain: chain, in: table) }
    }

    private mutating func adoptClassChains(_ snapshot: Snapshot) {
        for chain in snapshot.chains.keys.compactMap({ ClassChain(name: $0) }) { adopt(chain, snapshot) }
    }

    /// Takes a class chain over, with those that it goes to; what is missing of them is made.
    private mutating func adopt(_ chain: ClassChain, _ snapshot: Snapshot) {
        guard state.classChains[chain] == nil else { return }
        for successor in chain.successors { adopt(successor, snapshot) }
        state.classChains[chain] = 0
        let rules = layout.rules(of: chain)
        if snapshot.chains[chain.name] == nil {
            pendingStructure += layout.install(layout.chain(named: chain.name), rules: rules)
        } else {
            restoreRules(rules, of: chain.name, in: snapshot)
        }
    }

    private mutating func adoptSticky(_ snapshot: Snapshot) {
        let services =
            snapshot.sets.keys.compactMap { StickyMap(name: $0)?.service }
            + snapshot.chains.keys.compactMap { RecordChain(name: $0)?.service }
            + snapshot.chains.keys.compactMap { ClassChain(name: $0)?.stickyService }
        for service in Set(services) {
            let maps = SlotList.allCases.map { service.map($0) }
            for map in maps where snapshot.sets[map.name] == nil {
                pendingStructure.append(
                    .addSet(layout.stickyMap(map, label: snapshot.sets[maps[0].name]?.comment ?? ""), in: table)
                )
            }
            state.sticky[service] = StickyState(timeout: adoptedTimeout(of: service, in: snapshot), users: 0)
        }
    }

    /// Seconds that a ServicePort's record chains write; nil after emptying them, where they are not as we would write them.
    private mutating func adoptedTimeout(of service: StickyService, in snapshot: Snapshot) -> UInt32? {
        let names = layout.recordChainNames(of: service)
        let rules = names.map { snapshot.rules[$0]?.map(\.rule) }
        if let timeout = rules.lazy.compactMap({ $0?.compactMap(\.stickyTimeout).first }).first {
            let wanted = layout.recordChains(of: service, timeout: timeout)
            if wanted.allSatisfy({ chain in snapshot.rules[chain.name]?.map(\.rule) == chain.rules }) { return timeout }
        }
        for name in names where snapshot.chains[name] != nil { pendingStructure.append(.flushChain(name, in: table)) }
        return nil
    }

    private mutating func adoptElements(_ snapshot: Snapshot) {
        var slots: [SlotList: [Frontend: [Int: Backend]]] = [:]
        let ours = layout.sets.filter { set in !IntervalSet.allCases.contains { $0.name == set.name } }
        for set in ours {
            var strays: [Element] = []
            for element in snapshot.elements[set.name] ?? [] {
                guard let known = DataplaneElement(element, of: set.name, family: configuration.family) else {
                    strays.append(element)
                    continue
                }
                switch known {
                case .frontend(let frontend, let chain, let label):
                    state.frontends[frontend, default: FrontendProgram()].dispatch = chain
                    state.frontends[frontend]?.label = label
                    // The kernel keeps a chain that an element leads to, so it was found.
                    state.classChains[chain]? += 1
                case .unserved(let frontend, let unserved, let label):
                    state.frontends[frontend, default: FrontendProgram()].unserved = unserved
                    state.frontends[frontend]?.label = label
                case .record(let frontend, let chain):
                    state.frontends[frontend, default: FrontendProgram()].recordChain = chain
                    state.sticky[chain.service]?.users += 1
                case .endpoint(let list, let frontend, let slot, let backend):
                    slots[list, default: [:]][frontend, default: [:]][slot] = backend
                case .clusterIP(let address):
                    state.clusterIPs.insert(address)
                case .hairpin(let address):
                    state.hairpins.insert(address)
                case .filtered(let frontend):
                    state.frontends[frontend, default: FrontendProgram()].isFiltered = true
                case .allowedSource(let frontend, let range):
                    state.frontends[frontend, default: FrontendProgram()].allowedSources.append(range)
                }
            }
            if !strays.isEmpty {
                pendingStructure.append(.deleteElements(strays.map(\.keyOnly), set: set.name, in: table))
            }
        }
        for frontend in state.frontends.keys { state.frontends[frontend]?.allowedSources.sort() }
        state.dispatchCount = state.frontends.values.count { $0.dispatch != nil }
        for (list, frontends) in slots {
            for (frontend, bySlot) in frontends {
                adoptSlots(bySlot, list: list, of: frontend)
            }
        }
    }

    private mutating func adoptSlots(_ bySlot: [Int: Backend], list: SlotList, of frontend: Frontend) {
        let dense = (0..<bySlot.count).compactMap { bySlot[$0] }
        if dense.count == bySlot.count {
            state.frontends[frontend, default: FrontendProgram()][list] = dense
            if list == .cluster { state.slotCount += dense.count }
        } else {
            // Somebody deleted a slot: all are written anew, in the transaction that the next plan is.
            let elements = bySlot.map { DataplaneElement.endpoint(list, frontend, slot: $0.key, $0.value).kernelKey }
            pendingStructure.append(.deleteElements(elements, set: list.mapName, in: table))
        }
    }

    /// Deletes chains and sets that this layout does not know.
    private mutating func removeForeignObjects(_ snapshot: Snapshot) {
        let known = Set(layout.baseChains.map(\.chain.name))
        let chains = snapshot.chains.keys.filter { name in
            !known.contains(name) && ClassChain(name: name) == nil
                && RecordChain(name: name).map { state.sticky[$0.service] == nil } != false
        }.sorted()
        pendingStructure += chains.map { .flushChain($0, in: table) }
        let sets = Set(layout.sets.map(\.name))
        let foreignSets = snapshot.sets.values.filter { set in
            !sets.contains(set.name) && StickyMap(name: set.name) == nil && !set.flags.contains(.anonymous)
        }
        // Elements first: a verdict map of somebody's may hold our chains and theirs.
        let maps = foreignSets.map(\.name).sorted()
        pendingStructure += maps.map { .flushSet($0, in: table) }
        pendingStructure += chains.map { .deleteChain($0, in: table) }
        pendingStructure += maps.map { .deleteSet($0, in: table) }
    }
}

extension Element {
    /// What a deletion needs of it.
    fileprivate var keyOnly: Element {
        var element = Element(key, through: keyEnd)
        element.isIntervalEnd = isIntervalEnd
        element.isCatchAll = isCatchAll
        return element
    }
}
