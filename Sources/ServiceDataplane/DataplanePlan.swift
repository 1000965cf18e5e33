public import NFTables

/// What has to change in one family's table, in the order in which it may be seen.
///
/// Structure comes first (tables, sets, chains: everything that elements refer to). Then endpoints are written into slots,
/// then frontends are switched over to them, then slots that nobody looks up any more are deleted. So a plan may be cut into
/// several transactions, and at no point is there a frontend without its endpoints; a plan below the limit is one
/// transaction and atomic as a whole.
public struct DataplanePlan: Sendable {
    /// Whether an element comes or goes.
    enum Change: Hashable, Sendable {
        case add(DataplaneElement)
        case delete(DataplaneElement)
    }

    /// Sets that get a larger size. A transaction of its own, before all others: the kernel raises the size at its commit.
    var growth: [Transaction.Operation] = []
    /// Tables, sets and chains.
    var structure: [Transaction.Operation] = []
    /// Writes to slots.
    var prepare = Stage()
    /// Frontends, and all else that traffic is looked up in.
    var publish = Stage()
    /// Slots that are no longer looked up.
    var retire = Stage()
    /// The table that elements belong to.
    let table: TableID
    /// Set where the old table is replaced, so that it must not be gone before the new one is complete.
    var isIndivisible = false
    /// Elements of the map `frontends` before the plan, and how many more it adds.
    var initialDispatchCount = 0
    var addedDispatchCount = 0
    /// Elements of the map `endpoints` before the plan, and how many more it adds.
    var initialSlotCount = 0
    var addedSlotCount = 0
    /// ServicePorts whose affinity ends for some frontend.
    var touchedSticky: Set<StickyService> = []
    /// Sticky maps to empty once everything else is done.
    var flushedMaps: Set<StickyMap> = []
    /// Entries of sticky maps to delete with this plan.
    public internal(set) var stickyPurges: Set<StickyPurge> = []

    /// Changes of one kind, with the places at which they may be cut.
    struct Stage: Sendable {
        private(set) var changes: [Change] = []
        private(set) var cuts: [Int] = []

        mutating func append(_ change: Change) { changes.append(change) }

        /// Says that what was appended since the last cut belongs together.
        mutating func cut() {
            if changes.count > cuts.last ?? 0 { cuts.append(changes.count) }
        }
    }

    init(table: TableID) { self.table = table }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { growth.isEmpty && structure.isEmpty && flushedMaps.isEmpty && elementCount == 0 }

    /// Number of elements that are added or deleted.
    public var elementCount: Int { prepare.changes.count + publish.changes.count + retire.changes.count }

    /// The transactions that carry the plan out, each made when it is asked for.
    ///
    /// - Parameter limit: Most elements in one transaction; what belongs to one frontend is never split, so a single frontend
    ///   may exceed it.
    public func transactions(limit: Int) -> some Sequence<Transaction> {
        let pieces = cutPieces(limit: limit)
        return pieces.lazy.map { self.render($0) }
    }

    /// The same as functions that may run anywhere: one transaction can be made while the one before it is committed.
    func renderings(limit: Int) -> [@Sendable () -> Transaction] {
        cutPieces(limit: limit).map { piece in { self.render(piece) } }
    }

    /// One transaction's worth: how much of each stage.
    private struct Piece: Sendable {
        var isGrowth = false
        var isLast = false
        var hasStructure = false
        var prepare = 0..<0
        var publish = 0..<0
        var retire = 0..<0
        var count: Int { prepare.count + publish.count + retire.count }
    }

    private func cutPieces(limit: Int) -> [Piece] {
        var pieces: [Piece] = []
        var piece = Piece(hasStructure: !structure.isEmpty)
        for (stage, path) in [(prepare, \Piece.prepare), (publish, \Piece.publish), (retire, \Piece.retire)] {
            var start = 0
            for end in stage.cuts {
                if !isIndivisible, piece.count > 0, piece.count + (end - start) > limit {
                    pieces.append(piece)
                    piece = Piece()
                }
                piece[keyPath: path] =
                    piece[keyPath: path].isEmpty ? start..<end : piece[keyPath: path].lowerBound..<end
                start = end
            }
        }
        if piece.count > 0 || piece.hasStructure || !flushedMaps.isEmpty { pieces.append(piece) }
        if !pieces.isEmpty { pieces[pieces.count - 1].isLast = true }
        return growth.isEmpty ? pieces : [Piece(isGrowth: true)] + pieces
    }

    private func render(_ piece: Piece) -> Transaction {
        var transaction = Transaction()
        if piece.isGrowth {
            for operation in growth { transaction.append(operation) }
        }
        if piece.hasStructure {
            for operation in structure { transaction.append(operation) }
        }
        for changes in [prepare.changes[piece.prepare], publish.changes[piece.publish], retire.changes[piece.retire]] {
            // Deletions first: a changed element is a deletion and an addition of the same key.
            for isDeletion in [true, false] {
                var elements: [String: [Element]] = [:]
                for change in changes {
                    switch change {
                    case .delete(let element) where isDeletion:
                        elements[element.setName, default: []].append(element.kernelKey)
                    case .add(let element) where !isDeletion:
                        elements[element.setName, default: []].append(element.kernelElement)
                    default: break
                    }
                }
                for (set, elements) in elements.sorted(by: { $0.key < $1.key }) {
                    if isDeletion {
                        transaction.deleteElements(elements, set: set, in: table)
                    } else {
                        transaction.addElements(elements, set: set, in: table)
                    }
                }
            }
        }
        if piece.isLast {
            for map in flushedMaps.map(\.name).sorted() { transaction.flushSet(map, in: table) }
        }
        return transaction
    }
}
