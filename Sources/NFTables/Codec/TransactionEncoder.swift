internal import CNetfilter
internal import Netlink

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
        /// The message's bytes in the buffer.
        var bytes: Range<Int>
    }

    /// Why an operation could not be written.
    struct Failure: Error {
        var operation: Int
        var error: EncodingError
    }

    /// The messages: the batch's begin, the operations, the batch's end.
    private(set) var buffer: MessageWriter
    /// Origin of the message whose sequence number is `firstSequence + 1 + index`.
    private var origins: [Origin] = []
    /// Sequence number of the batch's begin.
    let firstSequence: UInt32
    private var setCount: UInt32 = 0

    /// An empty batch.
    init(firstSequence: UInt32, capacity: Int) {
        self.firstSequence = firstSequence
        buffer = MessageWriter(capacity: capacity)
    }

    /// How many messages, and sequence numbers, a transaction takes at most.
    static func messageCount(of transaction: Transaction) -> Int {
        // Begin and end; for elements one message, and one more for each that is full.
        2 + transaction.operations.count + 2 * transaction.byteEstimate / ElementMessages.splitByteCount
    }

    /// Writes the whole batch of a transaction that is not empty.
    mutating func encode(_ transaction: Transaction, generation: UInt32?) throws(Failure) {
        buffer.batch(NFNL_MSG_BATCH_BEGIN, sequence: firstSequence) { writer in
            if let generation { writer.attribute(GenerationAttribute.ofBatch, generation.bigEndian) }
        }
        let last = transaction.operations.count - 1
        for (index, operation) in transaction.operations.enumerated() {
            do throws(EncodingError) {
                try Check.name(operation.table.name, of: "table")
                // The kernel acknowledges the last message when it has committed.
                try encode(operation, index: index, acknowledged: index == last)
            } catch {
                throw Failure(operation: index, error: error)
            }
        }
        buffer.batch(NFNL_MSG_BATCH_END, sequence: nextSequence)
    }

    /// Sequence numbers of what was written so far; the batch's end, which nothing answers, follows them.
    var sequences: ClosedRange<UInt32> { firstSequence...(firstSequence + UInt32(origins.count)) }

    private var nextSequence: UInt32 { sequences.upperBound + 1 }

    private mutating func encode(
        _ operation: Transaction.Operation,
        index: Int,
        acknowledged: Bool
    ) throws(EncodingError) {
        let context = Context(operation: operation, index: index, acknowledged: acknowledged)
        switch operation {
        case .addTable(let table):
            append(try TableHandle(table), .newTable, .create, context)
        case .deleteTable(let table):
            append(try TableHandle(Table(id: table)), .deleteTable, [], context)
        case .addChain(let chain, let table):
            append(try ChainHandle(chain, table: table), .newChain, .create, context)
        case .deleteChain(let name, let table):
            append(try ChainHandle(Chain(name), table: table), .deleteChain, [], context)
        case .flushChain(let name, let table):
            append(try RuleHandle(deleting: nil, chain: name, table: table), .deleteRule, [], context)
        case .addRule(let rule, let chain, let table):
            append(try RuleHandle.make(rule, chain: chain, table: table), .newRule, [.create, .append], context)
        case .deleteRule(let handle, let chain, let table):
            append(try RuleHandle(deleting: handle, chain: chain, table: table), .deleteRule, [], context)
        case .addSet(let set, let table):
            setCount += 1
            append(try SetHandle(set, identifier: setCount, table: table), .newSet, .create, context)
        case .deleteSet(let name, let table):
            append(try SetHandle(named: name, table: table), .deleteSet, [], context)
        case .flushSet(let name, _):
            try append([], .deleteElements, [], set: name, context)
        case .addElements(let elements, let set, _):
            try append(elements, .newElements, .create, set: set, context)
        case .deleteElements(let elements, let set, _):
            try append(elements, .deleteElements, [], set: set, context)
        case .destroyElements(let elements, let set, _):
            try append(elements, .destroyElements, [], set: set, context)
        }
    }

    /// The operation that messages are written of.
    private struct Context {
        var operation: Transaction.Operation
        var index: Int
        var acknowledged: Bool
        var table: TableID { operation.table }
    }

    private mutating func append(
        _ object: consuming some LibraryObject & ~Copyable,
        _ message: MessageType,
        _ flags: MessageFlags,
        _ context: Context
    ) {
        let start = buffer.byteCount
        buffer.message(
            message,
            flags.union(context.acknowledged ? [.request, .acknowledge] : .request),
            sequence: nextSequence,
            family: context.table.family,
            byteEstimate: context.operation.byteEstimate,
            object
        )
        origins.append(Origin(operation: context.index, bytes: start..<buffer.byteCount))
    }

    private mutating func append(
        _ elements: [Element],
        _ message: MessageType,
        _ flags: MessageFlags,
        set: String,
        _ context: Context
    ) throws(EncodingError) {
        try Check.name(set, of: "set")
        for (index, element) in elements.enumerated() {
            if let comment = element.comment, !Check.isComment(comment) {
                throw .invalidElement(index, Check.commentRule(comment))
            }
        }
        for part in ElementMessages.parts(of: elements) {
            let isLast = context.acknowledged && part.upperBound == elements.count
            let start = buffer.byteCount
            buffer.message(
                message,
                isLast ? flags.union(.acknowledge) : flags,
                sequence: nextSequence,
                family: context.table.family
            ) { writer in
                ElementMessages.put(
                    elements[part],
                    to: &writer,
                    set: set,
                    table: context.table,
                    keysOnly: message != .newElements
                )
            }
            let bytes = start..<buffer.byteCount
            origins.append(Origin(operation: context.index, firstElement: part.lowerBound, bytes: bytes))
        }
    }
}

extension TransactionEncoder {
    /// The message that an answer is about; nil for the batch's begin.
    func origin(sequence: UInt32) -> Origin? {
        guard sequence > firstSequence else { return nil }
        let index = Int(sequence - firstSequence) - 1
        return origins.indices.contains(index) ? origins[index] : nil
    }

    /// The element that an offset into a message points at, or into; nil where it points elsewhere.
    ///
    /// - Parameter offset: In bytes from the message's first header, as the kernel answers.
    func elementIndex(at offset: UInt32?, of origin: Origin) -> Int? {
        guard let offset = offset.map(Int.init) else { return nil }
        return unsafe buffer.withUnsafeBytes { bytes in
            // In bounds: the origin is a message of this buffer.
            let message = unsafe UnsafeRawBufferPointer(rebasing: bytes[origin.bytes]).bytes
            var index: Int?
            try? ElementAttribute.forEachElement(in: message, headers: MessageWriter.headerByteCount) {
                element,
                count in
                // An attribute begins four bytes before its payload.
                if element.payload.lowerBound - 4 <= offset { index = origin.firstElement + count }
            }
            return index
        }
    }
}
