/// Changes that take effect together or not at all, in the order in which they were added.
///
/// A transaction is data: a backend commits it, any number of times and anywhere.
public struct Transaction: Sendable {
    /// One change. `add` leaves alone what is there already with the same definition.
    public enum Operation: Sendable, Hashable {
        /// Makes a table.
        case addTable(Table)
        /// Deletes a table with everything in it.
        case deleteTable(TableID)
        /// Makes a chain.
        case addChain(Chain, in: TableID)
        /// Deletes a chain and its rules. Nothing may lead to it any more.
        case deleteChain(String, in: TableID)
        /// Deletes the rules of a chain.
        case flushChain(String, in: TableID)
        /// Appends a rule to a chain. The sets that it names must be there.
        case addRule(Rule, chain: String, in: TableID)
        /// Deletes the rule of that handle.
        case deleteRule(handle: UInt64, chain: String, in: TableID)
        /// Makes a set or map.
        case addSet(NamedSet, in: TableID)
        /// Deletes a set with its elements. No rule may use it any more.
        case deleteSet(String, in: TableID)
        /// Deletes the elements of a set.
        case flushSet(String, in: TableID)
        /// Adds elements. One that is there with another value is an error (EEXIST).
        case addElements([Element], set: String, in: TableID)
        /// Deletes elements by their keys. One that is not there is an error (ENOENT).
        case deleteElements([Element], set: String, in: TableID)
        /// Deletes elements by their keys where they are there. Linux 6.3.
        case destroyElements([Element], set: String, in: TableID)
    }

    /// The changes.
    public private(set) var operations: [Operation] = []

    /// About how many bytes the transaction takes on the wire, never fewer than it does.
    ///
    /// The kernel reads a transaction from one buffer of the socket; the caller keeps it below
    /// ``NFTablesConnection/maximumByteCount`` by splitting what may be split.
    public private(set) var byteEstimate = 0

    /// A transaction of no changes.
    public init() {}

    /// Whether it changes nothing.
    public var isEmpty: Bool { operations.isEmpty }

    /// Adds a change; one of no elements is left out.
    public mutating func append(_ operation: Operation) {
        switch operation {
        case .addElements([], _, _), .deleteElements([], _, _), .destroyElements([], _, _): return
        default: break
        }
        byteEstimate += operation.byteEstimate
        operations.append(operation)
    }

    /// Adds another transaction's changes.
    public mutating func append(contentsOf other: Transaction) {
        byteEstimate += other.byteEstimate
        operations += other.operations
    }
}

extension Transaction {
    /// Makes a table.
    public mutating func addTable(_ table: Table) { append(.addTable(table)) }

    /// Deletes a table with everything in it.
    public mutating func deleteTable(_ table: TableID) { append(.deleteTable(table)) }

    /// Makes a chain.
    public mutating func addChain(_ chain: Chain, in table: TableID) { append(.addChain(chain, in: table)) }

    /// Deletes a chain and its rules.
    public mutating func deleteChain(_ name: String, in table: TableID) { append(.deleteChain(name, in: table)) }

    /// Deletes the rules of a chain.
    public mutating func flushChain(_ name: String, in table: TableID) { append(.flushChain(name, in: table)) }

    /// Appends a rule to a chain.
    public mutating func addRule(_ rule: Rule, chain: String, in table: TableID) {
        append(.addRule(rule, chain: chain, in: table))
    }

    /// Appends a rule to a chain.
    public mutating func addRule(
        _ expressions: [Expression],
        comment: String? = nil,
        chain: String,
        in table: TableID
    ) {
        append(.addRule(Rule(expressions, comment: comment), chain: chain, in: table))
    }

    /// Deletes the rule of that handle.
    public mutating func deleteRule(handle: UInt64, chain: String, in table: TableID) {
        append(.deleteRule(handle: handle, chain: chain, in: table))
    }

    /// Makes a set or map.
    public mutating func addSet(_ set: NamedSet, in table: TableID) { append(.addSet(set, in: table)) }

    /// Deletes a set with its elements.
    public mutating func deleteSet(_ name: String, in table: TableID) { append(.deleteSet(name, in: table)) }

    /// Deletes the elements of a set.
    public mutating func flushSet(_ name: String, in table: TableID) { append(.flushSet(name, in: table)) }

    /// Adds elements.
    public mutating func addElements(_ elements: [Element], set: String, in table: TableID) {
        append(.addElements(elements, set: set, in: table))
    }

    /// Deletes elements by their keys.
    public mutating func deleteElements(_ elements: [Element], set: String, in table: TableID) {
        append(.deleteElements(elements, set: set, in: table))
    }

    /// Deletes elements by their keys where they are there. Linux 6.3.
    public mutating func destroyElements(_ elements: [Element], set: String, in table: TableID) {
        append(.destroyElements(elements, set: set, in: table))
    }
}

extension Transaction.Operation {
    /// The table that is changed.
    public var table: TableID {
        switch self {
        case .addTable(let table): table.id
        case .deleteTable(let id): id
        case .addChain(_, let id), .deleteChain(_, let id), .flushChain(_, let id): id
        case .addRule(_, _, let id), .deleteRule(_, _, let id): id
        case .addSet(_, let id), .deleteSet(_, let id), .flushSet(_, let id): id
        case .addElements(_, _, let id), .deleteElements(_, _, let id), .destroyElements(_, _, let id): id
        }
    }

    /// What is changed, for people: `chain lb-3`, `map frontends`…
    public var summary: String {
        switch self {
        case .addTable(let table): "table \(table.id)"
        case .deleteTable(let id): "table \(id)"
        case .addChain(let chain, let id): "chain \(chain.name) of table \(id)"
        case .deleteChain(let name, let id), .flushChain(let name, let id): "chain \(name) of table \(id)"
        case .addRule(let rule, let chain, let id):
            "\(rule.comment.map { "rule “\($0)”" } ?? "rule") of chain \(chain) of table \(id)"
        case .deleteRule(let handle, let chain, let id): "rule \(handle) of chain \(chain) of table \(id)"
        case .addSet(let set, let id): "\(set.isMap ? "map" : "set") \(set.name) of table \(id)"
        case .deleteSet(let name, let id), .flushSet(let name, let id): "set \(name) of table \(id)"
        case .addElements(let elements, let name, let id), .deleteElements(let elements, let name, let id),
            .destroyElements(let elements, let name, let id):
            "\(elements.count) elements of set \(name) of table \(id)"
        }
    }
}
