internal import CNetfilter
internal import Glibc
internal import Netlink

extension KernelChannel {
    /// Commits a transaction that is not empty.
    ///
    /// - Parameter definition: Finds the set that a refused element belongs to, among those that the kernel has.
    mutating func commit(_ transaction: Transaction, generation: UInt32?) throws(TransactionError) {
        // Elements are spread over messages of at most 60 KiB.
        let messageBound =
            transaction.operations.count * 2 + transaction.byteEstimate / ElementMessage.splitByteCount + 3
        var batch = TransactionEncoder(
            firstSequence: takeSequence(messageBound),
            capacity: transaction.byteEstimate + 256
        )
        do throws(TransactionEncoder.Failure) {
            try batch.encode(transaction, generation: generation)
        } catch {
            throw refusal(of: error, in: transaction)
        }
        guard batch.buffer.count <= NFTablesConnection.maximumByteCount else {
            throw .rejected(
                .init(
                    operationIndex: nil,
                    object: "transaction of \(batch.buffer.count) bytes",
                    errno: EMSGSIZE,
                    message: "at most \(NFTablesConnection.maximumByteCount) bytes"
                ),
                following: []
            )
        }
        let refusals = try exchange(batch)
        guard !refusals.isEmpty else { return }
        // The batch's begin stands for the transaction as a whole.
        if refusals.contains(where: { $0.sequence == batch.firstSequence && $0.answer.errno == ERESTART }) {
            throw .generationChanged
        }
        var rejections = refusals.map { rejection($0, of: transaction, batch) }
        let first = rejections.removeFirst()
        throw .rejected(first, following: rejections)
    }

    /// A message that the kernel refused.
    private struct Refusal {
        var sequence: UInt32
        var answer: ReceivedMessage.Answer
    }

    /// Sends the batch, and waits for the acknowledgement of its last message or the refusal of the whole.
    private func exchange(_ batch: borrowing TransactionEncoder) throws(TransactionError) -> [Refusal] {
        var refusals: [Refusal] = []
        let (first, last) = (batch.firstSequence, batch.lastSequence)
        do throws(NetlinkError) {
            try send(batch.buffer)
            try receive { message in
                guard let answer = message.answer, message.sequence &- first <= last &- first else { return false }
                if answer.errno != 0 { refusals.append(Refusal(sequence: message.sequence, answer: answer)) }
                return message.sequence == last || message.sequence == first
            }
        } catch {
            // Refusals that did not fit the receive buffer are lost; those that did are told.
            guard error.errno == ENOBUFS, !refusals.isEmpty else { throw .transport(error) }
        }
        return refusals
    }

    private mutating func rejection(
        _ refusal: Refusal,
        of transaction: Transaction,
        _ batch: borrowing TransactionEncoder
    ) -> TransactionError.Rejection {
        guard let origin = batch.origin(sequence: refusal.sequence) else {
            return .init(
                operationIndex: nil,
                object: "transaction",
                errno: refusal.answer.errno,
                message: refusal.answer.message
            )
        }
        let element = refusal.answer.offset.flatMap { batch.elementIndex(at: $0, of: origin) }
        return .init(
            operationIndex: origin.operation,
            elementIndex: element,
            object: name(of: transaction, origin.operation, elementIndex: element),
            errno: refusal.answer.errno,
            message: refusal.answer.message
        )
    }

    private mutating func refusal(
        of failure: TransactionEncoder.Failure,
        in transaction: Transaction
    ) -> TransactionError {
        .rejected(
            .init(
                operationIndex: failure.operation,
                elementIndex: failure.error.elementIndex,
                object: name(of: transaction, failure.operation, elementIndex: failure.error.elementIndex),
                errno: failure.error.errno,
                message: failure.error.message
            ),
            following: []
        )
    }

    /// The object's name; an element's key is printed by the types of its set, which may be of this transaction or the
    /// kernel's.
    private mutating func name(of transaction: Transaction, _ operation: Int, elementIndex: Int?) -> String {
        ObjectName.of(transaction.operations[operation], elementIndex: elementIndex) { name, table in
            for case .addSet(let set, table) in transaction.operations where set.name == name { return set }
            // Without an answer the key is printed as bytes.
            return try? self.set(name, in: table)
        }
    }
}
