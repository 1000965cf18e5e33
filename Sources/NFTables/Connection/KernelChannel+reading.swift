internal import Glibc
internal import Netlink

extension KernelChannel {
    /// The tables of all families; nil if somebody committed meanwhile.
    mutating func tables() throws(NetlinkError) -> [Table]? {
        var tables: [Table] = []
        let isConsistent = try dump("list tables", .getTable, family: nil) { header, body in
            guard let handle = try? TableHandle(), handle.read(header, body), let table = handle.table else { return }
            tables.append(table)
        }
        return isConsistent ? tables : nil
    }

    /// The chains of a table; nil if somebody committed meanwhile.
    mutating func chains(of table: TableID) throws(NetlinkError) -> [Chain]? {
        var chains: [Chain] = []
        // The kernel does not filter chains by table.
        let isConsistent = try dump("list chains", .getChain, family: table.family) { header, body in
            guard let handle = try? ChainHandle(), handle.read(header, body), handle.tableName == table.name,
                let chain = handle.chain
            else { return }
            chains.append(chain)
        }
        return isConsistent ? chains : nil
    }

    /// The rules of a table, with their chains' names, in order; nil if somebody committed meanwhile.
    mutating func rules(of table: TableID) throws(NetlinkError) -> [(chain: String, rule: InstalledRule)]? {
        var rules: [(chain: String, rule: InstalledRule)] = []
        let isConsistent = try dump(
            "list rules of table \(table)",
            .getRule,
            family: table.family,
            attributes: { $0.attribute(ObjectAttribute.table, string: table.name) },
            each: { header, body in
                guard let handle = try? RuleHandle(), handle.read(header, body), let chain = handle.chainName
                else { return }
                rules.append((chain, handle.installedRule))
            }
        )
        return isConsistent ? rules : nil
    }

    /// The sets of a table; nil if somebody committed meanwhile.
    mutating func sets(of table: TableID) throws(NetlinkError) -> [NamedSet]? {
        var sets: [NamedSet] = []
        let isConsistent = try dump(
            "list sets of table \(table)",
            .getSet,
            family: table.family,
            attributes: { $0.attribute(ObjectAttribute.table, string: table.name) },
            each: { header, body in
                guard let handle = try? SetHandle(), handle.read(header, body), let set = handle.set else { return }
                sets.append(set)
            }
        )
        return isConsistent ? sets : nil
    }

    /// The elements of a set; nil if somebody committed meanwhile.
    mutating func elements(of set: String, in table: TableID) throws(NetlinkError) -> [Element]? {
        var elements: [Element] = []
        let isConsistent = try dump(
            "list elements of set \(set) of table \(table)",
            .getElements,
            family: table.family,
            attributes: { writer in
                writer.attribute(ElementAttribute.table, string: table.name)
                writer.attribute(ElementAttribute.set, string: set)
            },
            each: { _, body throws(MessageError) in try Element.append(from: body, to: &elements) }
        )
        return isConsistent ? elements : nil
    }
}

extension KernelChannel {
    /// Reads a table as of one generation; nil where there is none.
    ///
    /// Reads again when somebody commits meanwhile; gives up, with EAGAIN, when that goes on.
    mutating func snapshot(
        of table: TableID,
        elementsOf wanted: (NamedSet) -> Bool
    ) throws(NetlinkError) -> Snapshot? {
        try consistently(reading: table) { (channel, generation) throws(NetlinkError) in
            guard let tables = try channel.tables() else { return .changed }
            guard let found = tables.first(where: { $0.id == table }) else { return .read(nil) }
            var snapshot = Snapshot(generation: generation, table: found)
            guard let chains = try channel.chains(of: table), let rules = try channel.rules(of: table),
                let sets = try channel.sets(of: table)
            else { return .changed }
            for chain in chains {
                snapshot.chains[chain.name] = chain
                snapshot.rules[chain.name] = []
            }
            for (chain, rule) in rules { snapshot.rules[chain, default: []].append(rule) }
            for set in sets {
                snapshot.sets[set.name] = set
                guard wanted(set) else { continue }
                guard let elements = try channel.elements(of: set.name, in: table) else { return .changed }
                // Sets that rules write to change between the parts of a dump, and nothing says so.
                let isStable = set.flags.isDisjoint(with: [.dynamic, .timeout])
                if isStable, Element.hasRepetition(elements) { return .changed }
                snapshot.elements[set.name] = elements
            }
            return .read(snapshot)
        }
    }

    /// What one reading yielded.
    enum Reading<Value> {
        case read(Value)
        /// Somebody committed meanwhile.
        case changed
    }

    /// Reads until everything that was read is of one generation.
    mutating func consistently<Value>(
        reading table: TableID?,
        _ body: (inout KernelChannel, UInt32) throws(NetlinkError) -> Reading<Value>
    ) throws(NetlinkError) -> Value {
        for _ in 0..<100 {
            let before = try generation()
            do throws(NetlinkError) {
                if case .read(let value) = try body(&self, before), try generation() == before { return value }
            } catch {
                // What was listed just before is gone: read again, unless it was gone from the beginning.
                guard error.errno == ENOENT, try generation() != before else { throw error }
            }
        }
        throw NetlinkError(
            operation: "read \(table.map { "table \($0)" } ?? "the tables") while others keep changing the ruleset",
            errno: EAGAIN
        )
    }
}

extension Element {
    /// Whether a dump of a hash has an element twice, which means that it lacks another.
    ///
    /// The kernel continues a dump by skipping as many elements as it has told. After a bulk load its hash grows in the
    /// background, without a new generation, and then those it skips are others than those it told. It tells at least as
    /// many as there are, so that none is lacking where none is repeated.
    fileprivate static func hasRepetition(_ elements: [Element]) -> Bool {
        var seen = Set<Int>(minimumCapacity: elements.count)
        for element in elements {
            var hasher = Hasher()
            hasher.combine(element.key)
            hasher.combine(element.keyEnd)
            hasher.combine(element.isIntervalEnd)
            if !seen.insert(hasher.finalize()).inserted { return true }
        }
        return false
    }
}
