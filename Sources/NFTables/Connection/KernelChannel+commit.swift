internal import CNetfilter
internal import Glibc
internal import Netlink

extension KernelChannel {
    /// Commits a transaction that is not empty.
    mutating func commit(_ transaction: Transaction, generation: UInt32?) throws(TransactionError) {
        let sequences = socket.nextSequences(count: TransactionEncoder.messageCount(of: transaction))
        var batch = TransactionEncoder(
            firstSequence: sequences.lowerBound,
            capacity: transaction.byteEstimate + 256
        )
        do throws(TransactionEncoder.Failure) {
            try batch.encode(transaction, generation: generation)
        } catch {
            throw .rejected(refusal(of: error, in: transaction), following: [])
        }
        guard batch.buffer.byteCount <= NFTablesConnection.maximumByteCount else {
            throw .rejected(Self.tooLarge(batch.buffer.byteCount), following: [])
        }
        let reply = try exchange(batch, sequences)
        guard let first = reply.failures.first else {
            guard !reply.acknowledged.isEmpty else {
                throw .transport(NetlinkError(operation: "commit: the acknowledgement was lost", errno: ENOBUFS))
            }
            return
        }
        // The batch's begin stands for the transaction as a whole.
        if first.sequence == batch.firstSequence, first.errno == ERESTART { throw .generationChanged }
        var rejections = reply.failures.map { rejection($0, of: transaction, batch) }
        let foremost = rejections.removeFirst()
        throw .rejected(foremost, following: rejections)
    }

    private mutating func exchange(
        _ batch: borrowing TransactionEncoder,
        _ sequences: ClosedRange<UInt32>
    ) throws(TransactionError) -> BatchReply {
        do throws(NetlinkError) {
            return try unsafe batch.buffer.withUnsafeBytes { bytes throws(NetlinkError) in
                try unsafe socket.exchange("commit a transaction of \(bytes.count) bytes", bytes, sequences: sequences)
            }
        } catch {
            throw .transport(error)
        }
    }

    private mutating func rejection(
        _ failure: Acknowledgement,
        of transaction: Transaction,
        _ batch: borrowing TransactionEncoder
    ) -> TransactionError.Rejection {
        guard let origin = batch.origin(sequence: failure.sequence) else {
            return .init(
                operationIndex: nil,
                object: "transaction",
                errno: failure.errno,
                message: failure.message
            )
        }
        let element = batch.elementIndex(at: failure.offset, of: origin)
        return .init(
            operationIndex: origin.operation,
            elementIndex: element,
            object: name(of: transaction, origin.operation, elementIndex: element),
            errno: failure.errno,
            message: failure.message
        )
    }

    private mutating func refusal(
        of failure: TransactionEncoder.Failure,
        in transaction: Transaction
    ) -> TransactionError.Rejection {
        .init(
            operationIndex: failure.operation,
            elementIndex: failure.error.elementIndex,
            object: name(of: transaction, failure.operation, elementIndex: failure.error.elementIndex),
            errno: failure.error.errno,
            message: failure.error.message
        )
    }

    private static func tooLarge(_ byteCount: Int) -> TransactionError.Rejection {
        .init(
            operationIndex: nil,
            object: "transaction of \(byteCount) bytes",
            errno: EMSGSIZE,
            message: "at most \(NFTablesConnection.maximumByteCount) bytes"
        )
    }

    /// The object's name. Sets are asked of the kernel; where that fails, keys are printed as bytes.
    private mutating func name(of transaction: Transaction, _ operation: Int, elementIndex: Int?) -> String {
        ObjectName.of(transaction, operation: operation, elementIndex: elementIndex) { name, table in
            try? sets(of: table)?.first { $0.name == name }
        }
    }
}
