internal import Glibc

/// Tables as a value, changed by one operation after the other.
struct FakeRuleset {
    /// Why an operation is refused.
    struct Refusal: Error {
        var errno: Int32
        var elementIndex: Int?
    }

    private var contents: [TableID: FakeTable] = [:]

    var tables: [Table] { contents.values.map(\.table) }

    func set(_ name: String, in table: TableID) -> NamedSet? { contents[table]?.sets[name]?.definition }

    func elements(of set: String, in table: TableID) -> [Element]? {
        contents[table]?.sets[set].map { Array($0.elements.values) }
    }

    func snapshot(of id: TableID, generation: UInt32, elementsOf wanted: (NamedSet) -> Bool) -> Snapshot? {
        guard let content = contents[id] else { return nil }
        var snapshot = Snapshot(generation: generation, table: content.table)
        for (name, chain) in content.chains {
            snapshot.chains[name] = chain.definition
            snapshot.rules[name] = chain.rules
        }
        for (name, set) in content.sets {
            snapshot.sets[name] = set.definition
            if wanted(set.definition) { snapshot.elements[name] = Array(set.elements.values) }
        }
        return snapshot
    }

    /// Ends a transaction.
    mutating func settle() {
        for id in contents.keys { contents[id]?.settle() }
    }

    mutating func apply(_ operation: Transaction.Operation) throws(Refusal) {
        switch operation {
        case .addTable(let table):
            guard (1...255).contains(table.id.name.utf8.count) else { throw Refusal(errno: EINVAL) }
            contents[table.id, default: FakeTable(table: table)].table.flags = table.flags
        case .deleteTable(let id):
            guard contents.removeValue(forKey: id) != nil else { throw Refusal(errno: ENOENT) }
        default:
            // Taken out and put back, so that it is changed in place.
            guard var content = contents.removeValue(forKey: operation.table) else { throw Refusal(errno: ENOENT) }
            try content.apply(operation)
            contents[operation.table] = content
        }
    }
}
