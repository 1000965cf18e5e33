internal import CNetfilter

/// A transaction as one batch of messages.
///
/// A message's sequence number leads back to the operation, and where it carries elements to the first of them, so
/// that an answer can be told apart.
struct TransactionEncoder: ~Copyable {
    /// What a message was made of.
    struct Origin {
        /// Index into the transaction's operations.
        var operation: Int
        /// Index of the message's first element.
        var firstElement = 0
        /// Where the message begins in the buffer.
        var offset: Int
    }

    /// Why an operation could not be written.
    struct Failure: Error {
        var operation: Int
        var error: EncodingError
    }

    /// The messages: the batch's begin, the operations, the batch's end.
    private(set) var buffer: MessageBuffer
    /// Origin of the message whose sequence number is `firstSequence + 1 + index`.
    private(set) var origins: [Origin] = []
    /// Sequence number of the batch's begin.
    let firstSequence: UInt32
    private var setCount: UInt32 = 0

    /// An empty batch.
    init(firstSequence: UInt32, capacity: Int) {
        self.firstSequence = firstSequence
        buffer = MessageBuffer(capacity: capacity)
    }

    /// Sequence number of the last operation's message; the kernel acknowledges it when it has committed.
    var lastSequence: UInt32 { firstSequence &+ UInt32(truncatingIfNeeded: origins.count) }

    /// The message that an answer is about; nil for the batch's begin.
    func origin(sequence: UInt32) -> Origin? {
        let index = Int(sequence &- firstSequence) - 1
        return origins.indices.contains(index) ? origins[index] : nil
    }

    /// Writes the whole batch of a transaction that is not empty.
    mutating func encode(_ transaction: Transaction, generation: UInt32?) throws(Failure) {
        buffer.append(MessageHeader(batch: NFNL_MSG_BATCH_BEGIN, sequence: firstSequence), reserving: 8) { writer in
            if let generation { writer.put(GenerationAttribute.ofBatch, networkOrder: generation) }
        }
        for (index, operation) in transaction.operations.enumerated() {
            do throws(EncodingError) {
                try Check.name(operation.table.name, of: "table")
                try encode(operation, index: index)
            } catch {
                throw Failure(operation: index, error: error)
            }
        }
        if let last = origins.last { buffer.setFlags(UInt16(NLM_F_ACK), ofMessageAt: last.offset) }
        let end = MessageHeader(batch: NFNL_MSG_BATCH_END, sequence: lastSequence &+ 1)
        buffer.append(end, reserving: 0) { _ in }
    }

    private mutating func encode(_ operation: Transaction.Operation, index: Int) throws(EncodingError) {
        let create = UInt16(NLM_F_CREATE)
        switch operation {
        case .addTable(let table):
            try append(TableHandle(table), .newTable, create, of: operation, index)
        case .deleteTable(let table):
            try append(TableHandle(Table(id: table)), .deleteTable, of: operation, index)
        case .addChain(let chain, let table):
            try append(ChainHandle(chain, table: table), .newChain, create, of: operation, index)
        case .deleteChain(let name, let table):
            try append(ChainHandle(Chain(name), table: table), .deleteChain, of: operation, index)
        case .flushChain(let name, let table):
            try append(RuleHandle(deleting: nil, chain: name, table: table), .deleteRule, of: operation, index)
        case .addRule(let rule, let chain, let table):
            let flags = create | UInt16(NLM_F_APPEND)
            try append(RuleHandle.make(rule, chain: chain, table: table), .newRule, flags, of: operation, index)
        case .deleteRule(let handle, let chain, let table):
            try append(RuleHandle(deleting: handle, chain: chain, table: table), .deleteRule, of: operation, index)
        case .addSet(let set, let table):
            setCount += 1
            try append(SetHandle(set, identifier: setCount, table: table), .newSet, create, of: operation, index)
        case .deleteSet(let name, let table):
            try append(SetHandle(named: name, table: table), .deleteSet, of: operation, index)
        case .flushSet(let name, let table):
            try append([], .deleteElements, set: name, table, index)
        case .addElements(let elements, let set, let table):
            try append(elements, .newElements, flags: create, set: set, table, index)
        case .deleteElements(let elements, let set, let table):
            try append(elements, .deleteElements, set: set, table, index)
        case .destroyElements(let elements, let set, let table):
            try append(elements, .destroyElements, set: set, table, index)
        }
    }

    private mutating func append(
        _ object: consuming some LibraryObject & ~Copyable,
        _ message: MessageType,
        _ flags: UInt16 = 0,
        of operation: Transaction.Operation,
        _ index: Int
    ) {
        origins.append(Origin(operation: index, offset: buffer.count))
        let header = MessageHeader(message, flags: flags, sequence: lastSequence, family: operation.table.family)
        unsafe buffer.appendByLibrary(header, reserving: operation.byteEstimate) { unsafe object.write(to: $0) }
    }

    private mutating func append(
        _ elements: [Element],
        _ message: MessageType,
        flags: UInt16 = 0,
        set: String,
        _ table: TableID,
        _ index: Int
    ) throws(EncodingError) {
        try Check.name(set, of: "set")
        for (index, element) in elements.enumerated() {
            if let comment = element.comment, !Check.isComment(comment) {
                throw .invalidElement(index, Check.commentRule(comment))
            }
        }
        for part in ElementMessages.parts(of: elements) {
            origins.append(Origin(operation: index, firstElement: part.lowerBound, offset: buffer.count))
            let header = MessageHeader(message, flags: flags, sequence: lastSequence, family: table.family)
            ElementMessages.append(
                elements[part],
                to: &buffer,
                header: header,
                set: set,
                table: table,
                keysOnly: message != .newElements
            )
        }
    }
}

extension TransactionEncoder {
    /// The element that an offset into a message points at, or into; nil where it points elsewhere.
    ///
    /// - Parameter offset: In bytes from the message's first header, as the kernel answers.
    func elementIndex(at offset: Int, of origin: Origin) -> Int? {
        unsafe buffer.withBytes { bytes in
            // In bounds: the origin is a message of this buffer.
            let message = unsafe ReceivedMessage(firstOf: UnsafeRawBufferPointer(rebasing: bytes[origin.offset...]))
            guard let list = message?.attributes.first(ElementAttribute.elements), offset > list.offset else {
                return nil
            }
            let before = list.nested.prefix { $0.offset <= offset }.count
            return before == 0 ? nil : origin.firstElement + before - 1
        }
    }
}
