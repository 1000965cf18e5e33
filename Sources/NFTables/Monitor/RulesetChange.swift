internal import Netlink

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

    /// What a datagram of notifications tells; one that cannot be read counts as lost, with the rest of its datagram.
    mutating func events(in datagram: RawSpan) -> [NFTablesMonitor.Event] {
        var events: [NFTablesMonitor.Event] = []
        do throws(MessageError) {
            var messages = MessageReader()
            while let header = try messages.next(in: datagram) {
                if let change = try take(header, datagram.extracting(header.body)) { events.append(.changed(change)) }
            }
        } catch {
            reset()
            events.append(.overrun)
        }
        return events
    }

    /// Takes a notification, and returns the change that it completes.
    mutating func take(_ header: MessageHeader, _ body: RawSpan) throws(MessageError) -> RulesetChange? {
        guard let type = MessageType(netlinkType: header.type) else { return nil }
        guard type == .newGeneration else {
            try note(body)
            return nil
        }
        var change = RulesetChange(tables: tables, generation: 0, isOwn: ownPortIDs.contains(header.portID))
        reset()
        var attributes = AttributeReader(from: FamilyHeader.byteCount)
        while let attribute = try attributes.next(in: body) {
            switch attribute.type {
            case GenerationAttribute.identifier:
                change.generation = try body.integer(attribute, as: UInt32.self).bigEndian
            case GenerationAttribute.processID:
                change.processID = try body.integer(attribute, as: Int32.self).bigEndian
            case GenerationAttribute.processName:
                change.processName = try body.string(attribute)
            default:
                break
            }
        }
        return change
    }

    /// Forgets an incomplete change: the rest of it is lost.
    mutating func reset() {
        tables = []
        lastTable = nil
    }

    /// Notes the table that an object's notification names.
    private mutating func note(_ body: RawSpan) throws(MessageError) {
        let header = try body.fixedHeader(as: FamilyHeader.self)
        var attributes = AttributeReader(from: FamilyHeader.byteCount)
        while let attribute = try attributes.next(in: body) {
            guard attribute.type == ObjectAttribute.table else { continue }
            if let lastTable, lastTable.family.rawValue == header.family, body.isString(attribute, lastTable.name) {
                return
            }
            guard let family = TableFamily(rawValue: header.family) else { return }
            let table = TableID(family: family, name: try body.string(attribute))
            tables.insert(table)
            lastTable = table
            return
        }
    }
}

extension RawSpan {
    /// Whether an attribute is that string with its terminating zero.
    fileprivate func isString(_ attribute: AttributeReader.Attribute, _ text: String) -> Bool {
        let payload = extracting(attribute.payload)
        // In bounds: the span's own bytes, which live during the call.
        return unsafe payload.withUnsafeBytes { unsafe $0.dropLast().elementsEqual(text.utf8) }
    }
}
