/// A table as it was at one generation, in the values that transactions are made of.
public struct Snapshot: Sendable {
    /// The generation at which it was read.
    public var generation: UInt32
    /// The table itself.
    public var table: Table
    /// Its chains, by name.
    public var chains: [String: Chain]
    /// The rules of each chain, in their order. Every chain has an entry.
    public var rules: [String: [InstalledRule]]
    /// Its sets and maps, by name.
    public var sets: [String: NamedSet]
    /// The elements of the sets that were asked for, in no order.
    public var elements: [String: [Element]]

    /// A table with nothing in it.
    public init(generation: UInt32, table: Table) {
        self.generation = generation
        self.table = table
        chains = [:]
        rules = [:]
        sets = [:]
        elements = [:]
    }
}

extension Snapshot: Equatable {
    /// Whether both say the same of the table.
    ///
    /// What changes without anybody changing it is left out: generation, rule handles, counters, and the time that
    /// elements still have. Elements are compared without order.
    public static func == (left: Snapshot, right: Snapshot) -> Bool {
        left.table == right.table && left.chains == right.chains && left.sets == right.sets
            && left.definitions == right.definitions
            && left.elements.mapValues { Set($0.lazy.map(\.withoutExpiration)) }
                == right.elements.mapValues { Set($0.lazy.map(\.withoutExpiration)) }
    }

    private var definitions: [String: [Rule]] {
        rules.mapValues { $0.map(\.rule.withoutCounts) }
    }
}
