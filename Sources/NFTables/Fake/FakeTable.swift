internal import Glibc

/// One table in memory.
struct FakeTable {
    struct Chain {
        var definition: NFTables.Chain
        var rules: [InstalledRule] = []
        /// Rules and elements that lead here.
        var useCount = 0
    }

    var table: Table
    private(set) var chains: [String: Chain] = [:]
    private(set) var sets: [String: FakeSet] = [:]
    private var lastHandle: UInt64 = 0

    init(table: Table) { self.table = table }

    mutating func apply(_ operation: Transaction.Operation) throws(FakeRuleset.Refusal) {
        switch operation {
        case .addTable, .deleteTable: break  // FakeRuleset's
        case .addChain(let chain, _): try addChain(chain)
        case .deleteChain(let name, _): try deleteChain(name)
        case .flushChain(let name, _): try flushChain(name)
        case .addRule(let rule, let chain, _): try addRule(rule, to: chain)
        case .deleteRule(let handle, let chain, _): try deleteRule(handle, of: chain)
        case .addSet(let set, _): try addSet(set)
        case .deleteSet(let name, _): try deleteSet(name)
        case .flushSet(let name, _): try flushSet(name)
        case .addElements(let elements, let name, _): try addElements(elements, to: name)
        case .deleteElements(let elements, let name, _):
            try deleteElements(elements, of: name, missingIsError: true)
        case .destroyElements(let elements, let name, _):
            try deleteElements(elements, of: name, missingIsError: false)
        }
    }
}

// MARK: - Chains

extension FakeTable {
    private mutating func addChain(_ chain: NFTables.Chain) throws(FakeRuleset.Refusal) {
        guard (1...255).contains(chain.name.utf8.count) else { throw .init(errno: EINVAL) }
        guard var present = chains[chain.name] else {
            chains[chain.name] = Chain(definition: chain)
            return
        }
        guard let hook = chain.hook else { return }
        // Only the policy of a chain that is there may change.
        guard var presentHook = present.definition.hook,
            (hook.type, hook.hook, hook.priority) == (presentHook.type, presentHook.hook, presentHook.priority)
        else { throw .init(errno: EOPNOTSUPP) }
        presentHook.policy = hook.policy
        present.definition.hook = presentHook
        chains[chain.name] = present
    }

    private mutating func deleteChain(_ name: String) throws(FakeRuleset.Refusal) {
        try flushChain(name)
        guard chains[name]?.useCount == 0 else { throw .init(errno: EBUSY) }
        chains[name] = nil
    }

    private mutating func flushChain(_ name: String) throws(FakeRuleset.Refusal) {
        guard let chain = chains[name] else { throw .init(errno: ENOENT) }
        for installed in chain.rules { forget(installed.rule) }
        chains[name]?.rules = []
    }
}

// MARK: - Rules

extension FakeTable {
    private mutating func addRule(_ rule: Rule, to chain: String) throws(FakeRuleset.Refusal) {
        guard chains[chain] != nil else { throw .init(errno: ENOENT) }
        for expression in rule.expressions {
            switch expression {
            case .immediate(.verdict(let verdict)):
                try checkTarget(of: verdict)
            case .lookup(let lookup):
                guard let set = sets[lookup.set]?.definition else { throw .init(errno: ENOENT) }
                guard lookup.fits(set) else { throw .init(errno: EINVAL) }
            case .dynamicSet(let change):
                guard let set = sets[change.set]?.definition else { throw .init(errno: ENOENT) }
                guard set.flags.contains(.dynamic) else { throw .init(errno: EOPNOTSUPP) }
                guard change.value == nil || set.isMap else { throw .init(errno: EINVAL) }
                guard change.timeout == nil || set.flags.contains(.timeout) else { throw .init(errno: EOPNOTSUPP) }
            case .unknown:
                throw .init(errno: EOPNOTSUPP)
            default:
                break
            }
        }
        for expression in rule.expressions {
            if case .immediate(.verdict(let verdict)) = expression { use(verdict, by: 1) }
            if let set = expression.set { sets[set]?.useCount += 1 }
        }
        lastHandle += 1
        chains[chain]?.rules.append(InstalledRule(handle: lastHandle, rule: rule))
    }

    private mutating func deleteRule(_ handle: UInt64, of chain: String) throws(FakeRuleset.Refusal) {
        guard let index = chains[chain]?.rules.firstIndex(where: { $0.handle == handle }),
            let installed = chains[chain]?.rules.remove(at: index)
        else { throw .init(errno: ENOENT) }
        forget(installed.rule)
    }

    private mutating func forget(_ rule: Rule) {
        for expression in rule.expressions {
            if case .immediate(.verdict(let verdict)) = expression { use(verdict, by: -1) }
            if let set = expression.set {
                sets[set]?.useCount -= 1
                if sets[set]?.useCount == 0, sets[set]?.definition.flags.contains(.anonymous) == true {
                    forgetElements(of: set)
                    sets[set] = nil
                }
            }
        }
    }

    private func checkTarget(of verdict: Verdict) throws(FakeRuleset.Refusal) {
        guard let name = verdict.chain else { return }
        guard let chain = chains[name] else { throw .init(errno: ENOENT) }
        guard chain.definition.hook == nil else { throw .init(errno: EOPNOTSUPP) }
    }

    private mutating func use(_ verdict: Verdict, by count: Int) {
        if let chain = verdict.chain { chains[chain]?.useCount += count }
    }
}

// MARK: - Sets

extension FakeTable {
    private mutating func addSet(_ set: NamedSet) throws(FakeRuleset.Refusal) {
        if let present = sets[set.name] {
            guard present.definition.isSame(as: set) else { throw .init(errno: EEXIST) }
            sets[set.name]?.update = set
            return
        }
        guard (1...255).contains(set.name.utf8.count), set.isWellFormed else { throw .init(errno: EINVAL) }
        sets[set.name] = FakeSet(definition: set)
    }

    /// Gives sets that were added again their new time and size: the kernel does that when it commits.
    mutating func settle() {
        for (name, set) in sets {
            guard let update = set.update else { continue }
            sets[name]?.definition.timeout = update.timeout
            if let size = update.size { sets[name]?.definition.size = size }
            sets[name]?.update = nil
        }
    }

    private mutating func deleteSet(_ name: String) throws(FakeRuleset.Refusal) {
        guard let set = sets[name] else { throw .init(errno: ENOENT) }
        guard set.useCount == 0 else { throw .init(errno: EBUSY) }
        forgetElements(of: name)
        sets[name] = nil
    }

    private mutating func flushSet(_ name: String) throws(FakeRuleset.Refusal) {
        guard let set = sets[name] else { throw .init(errno: ENOENT) }
        guard !set.isFrozen else { throw .init(errno: EBUSY) }
        forgetElements(of: name)
        sets[name]?.elements = [:]
    }

    private mutating func addElements(_ elements: [Element], to name: String) throws(FakeRuleset.Refusal) {
        // Taken out and put back, so that it is changed in place.
        guard var set = sets.removeValue(forKey: name) else { throw .init(errno: ENOENT) }
        guard !set.isFrozen else { throw .init(errno: EBUSY) }
        for (index, element) in elements.enumerated() {
            do {
                if case .verdict(let verdict) = element.value { try checkTarget(of: verdict) }
                if try set.insert(element), case .verdict(let verdict) = element.value { use(verdict, by: 1) }
            } catch {
                throw .init(errno: error.errno, elementIndex: index)
            }
        }
        sets[name] = set
    }

    private mutating func deleteElements(
        _ elements: [Element],
        of name: String,
        missingIsError: Bool
    ) throws(FakeRuleset.Refusal) {
        guard var set = sets.removeValue(forKey: name) else { throw .init(errno: ENOENT) }
        guard !set.isFrozen else { throw .init(errno: EBUSY) }
        for (index, element) in elements.enumerated() {
            guard element.hasKey(of: set.definition) else { throw .init(errno: EINVAL, elementIndex: index) }
            if let removed = set.remove(element) {
                if case .verdict(let verdict) = removed.value { use(verdict, by: -1) }
            } else if missingIsError {
                throw .init(errno: ENOENT, elementIndex: index)
            }
        }
        sets[name] = set
    }

    private mutating func forgetElements(of name: String) {
        guard let set = sets[name], set.definition.value == .verdict else { return }
        for element in set.elements.values {
            if case .verdict(let verdict) = element.value { use(verdict, by: -1) }
        }
    }
}

extension Expression {
    /// The set that it uses.
    fileprivate var set: String? {
        switch self {
        case .lookup(let lookup): lookup.set
        case .dynamicSet(let change): change.set
        default: nil
        }
    }
}

extension Expression.Lookup {
    /// Whether a look-up may be made so in a set of that kind.
    fileprivate func fits(_ set: NamedSet) -> Bool {
        switch destination {
        case nil: true
        case .some(.verdict): set.value == .verdict && !inverted
        case .some: set.isMap && set.value != .verdict && !inverted
        }
    }
}
