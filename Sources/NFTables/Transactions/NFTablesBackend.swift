/// What holds tables and commits transactions: the kernel (``NFTablesConnection``), or a stand-in (``FakeNFTables``).
public protocol NFTablesBackend: Sendable {
    /// Commits a transaction: all of it, or nothing.
    ///
    /// - Parameters:
    ///   - transaction: One of no changes commits nothing.
    ///   - generation: The generation that it was made for; if that is not the present one, nothing is done. Nil
    ///     commits whatever the generation is.
    /// - Returns: The generation after the commit. Without `generation` it may count a commit of somebody else
    ///   that came right after this one.
    func commit(_ transaction: Transaction, generation: UInt32?) async throws(TransactionError) -> UInt32

    /// Reads a table, as of one generation; nil where there is none.
    ///
    /// - Parameter elementsOf: Which sets' elements are read as well.
    func snapshot(
        of table: TableID,
        elementsOf: @Sendable (NamedSet) -> Bool
    ) async throws(TransactionError) -> Snapshot?

    /// The tables of all families.
    func tables() async throws(TransactionError) -> [Table]

    /// The elements of a set, in no order; nil where there is no such set.
    ///
    /// The kernel walks the set from its beginning for every 32 KiB that it answers: 100,000 elements take a third to
    /// half a second, 500,000 take 7 to 20.
    func elements(of set: String, in table: TableID) async throws(TransactionError) -> [Element]?

    /// The number that every commit of anybody in the network namespace raises by one; it skips 0 when it wraps.
    func generation() async throws(TransactionError) -> UInt32
}

extension NFTablesBackend {
    /// Commits a transaction whatever the generation is.
    @discardableResult
    public func commit(_ transaction: Transaction) async throws(TransactionError) -> UInt32 {
        try await commit(transaction, generation: nil)
    }

    /// Reads a table with all its elements.
    public func snapshot(of table: TableID) async throws(TransactionError) -> Snapshot? {
        try await snapshot(of: table) { _ in true }
    }
}
