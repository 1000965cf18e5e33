/// One commit, by whomever, as ``NFTablesMonitor`` tells it.
public struct RulesetChange: Sendable, Hashable {
    /// The tables that it touched.
    public var tables: Set<TableID>
    /// The generation after it.
    public var generation: UInt32
    /// The process that committed, as the kernel names it; for a namespace of processes that cannot see it, 0.
    public var processID: Int32?
    /// Name of that process, at most 15 bytes.
    public var processName: String?
    /// Whether it came from one of the connections that the monitor was told are our own.
    public var isOwn: Bool

    /// A commit.
    public init(
        tables: Set<TableID>,
        generation: UInt32,
        processID: Int32? = nil,
        processName: String? = nil,
        isOwn: Bool = false
    ) {
        self.tables = tables
        self.generation = generation
        self.processID = processID
        self.processName = processName
        self.isOwn = isOwn
    }
}

/// Puts notifications together: the kernel sends one for each object that a commit changed, and at its end the
/// generation.
struct ChangeAssembler {
    /// Addresses of our own sockets.
    private let ownPortIDs: Set<UInt32>
    private var tables: Set<TableID> = []
    /// The table of the last notification: most concern the same.
    private var lastTable: TableID?

    init(ownPortIDs: Set<UInt32>) { self.ownPortIDs = ownPortIDs }

    /// Takes a notification, and returns the change that it completes.
    mutating func take(_ message: ReceivedMessage) -> RulesetChange? {
        guard let type = message.messageType else { return nil }
        guard type == .newGeneration else {
            note(message)
            return nil
        }
        var change = RulesetChange(tables: tables, generation: 0, isOwn: ownPortIDs.contains(message.portID))
        tables = []
        for attribute in message.attributes {
            switch attribute.type {
            case GenerationAttribute.identifier: change.generation = attribute.uint32 ?? 0
            case GenerationAttribute.processID: change.processID = attribute.uint32.map(Int32.init(bitPattern:))
            case GenerationAttribute.processName: change.processName = attribute.string
            default: break
            }
        }
        return change
    }

    /// Forgets an incomplete change: the rest of it is lost.
    mutating func reset() { tables = [] }

    private mutating func note(_ message: ReceivedMessage) {
        guard let family = message.family, let name = message.attributes.first(ObjectAttribute.table) else { return }
        if let lastTable, lastTable.family == family, name.isString(lastTable.name) {
            tables.insert(lastTable)
            return
        }
        let table = TableID(family: family, name: name.string)
        lastTable = table
        tables.insert(table)
    }
}
