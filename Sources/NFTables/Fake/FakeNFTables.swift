/// Tables in memory, with the kernel's rules: the same transactions succeed, and fail with the same error (Linux 6.18).
///
/// What the kernel does to packets, and what depends on it, is left out: time does not pass, so elements never
/// expire; which expressions a hook allows, and how deep chains lead, is not checked.
public actor FakeNFTables: NFTablesBackend {
    private var ruleset = FakeRuleset()
    private var presentGeneration: UInt32 = 1
    private var failures: [TransactionError] = []

    /// Every transaction that was committed, in order; for tests that look at what was sent.
    public private(set) var committed: [Transaction] = []

    /// No tables, at generation 1.
    public init() {}

    /// Makes the next commit fail with that error; several are given one by one.
    public func failNextCommit(with error: TransactionError) {
        failures.append(error)
    }

    /// Forgets the transactions that were committed.
    public func clearCommitted() {
        committed = []
    }

    /// Applies a transaction: all of it, or nothing.
    public func commit(_ transaction: Transaction, generation: UInt32?) throws(TransactionError) -> UInt32 {
        if !failures.isEmpty { throw failures.removeFirst() }
        if let generation, generation != presentGeneration { throw .generationChanged }
        guard !transaction.isEmpty else { return presentGeneration }
        var next = ruleset
        for (index, operation) in transaction.operations.enumerated() {
            do throws(FakeRuleset.Refusal) {
                try next.apply(operation)
            } catch {
                var names = ObjectNames(of: transaction)
                throw .rejected(
                    .init(
                        operationIndex: index,
                        elementIndex: error.elementIndex,
                        object: names.name(
                            operation: index,
                            elementIndex: error.elementIndex,
                            present: ruleset.set
                        ),
                        errno: error.errno
                    ),
                    following: []
                )
            }
        }
        next.settle()
        ruleset = next
        presentGeneration = presentGeneration == .max ? 1 : presentGeneration + 1
        committed.append(transaction)
        return presentGeneration
    }

    /// The table as a value; nil where there is none.
    public func snapshot(of table: TableID, elementsOf: @Sendable (NamedSet) -> Bool) -> Snapshot? {
        ruleset.snapshot(of: table, generation: presentGeneration, elementsOf: elementsOf)
    }

    /// The tables of all families.
    public func tables() -> [Table] { ruleset.tables }

    /// The elements of a set; nil where there is no such set.
    public func elements(of set: String, in table: TableID) -> [Element]? {
        ruleset.elements(of: set, in: table)
    }

    /// Number of commits, plus one.
    public func generation() -> UInt32 { presentGeneration }
}
